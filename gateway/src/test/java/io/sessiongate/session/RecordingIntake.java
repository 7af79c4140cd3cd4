package io.sessiongate.session;

import io.sessiongate.token.Fingerprint;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** An intake that remembers what it was told. */
final class RecordingIntake implements RevocationIntake {

    final List<Long> listening = new CopyOnWriteArrayList<>();
    final List<Fingerprint> endedSessions = new CopyOnWriteArrayList<>();
    final BlockingQueue<Fingerprint> ends = new LinkedBlockingQueue<>();
    final List<Fingerprint> endedSubjects = new CopyOnWriteArrayList<>();
    final List<Fingerprint> changedSessions = new CopyOnWriteArrayList<>();
    final List<Fingerprint> changedSubjects = new CopyOnWriteArrayList<>();
    volatile boolean isListening;
    final AtomicInteger gaps = new AtomicInteger();

    @Override
    public void listening(long sinceNanos) {
        isListening = true;
        listening.add(sinceNanos);
    }

    @Override
    public void notListening() {
        isListening = false;
        gaps.incrementAndGet();
    }

    @Override
    public void sessionEnded(Fingerprint session) {
        endedSessions.add(session);
        ends.add(session);
    }

    @Override
    public void subjectEnded(Fingerprint subject) {
        endedSubjects.add(subject);
    }

    @Override
    public void sessionChanged(Fingerprint session) {
        changedSessions.add(session);
    }

    @Override
    public void subjectChanged(Fingerprint subject) {
        changedSubjects.add(subject);
    }
}
