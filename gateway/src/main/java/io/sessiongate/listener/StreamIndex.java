package io.sessiongate.listener;

import io.sessiongate.token.Fingerprint;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Open streams by session, or by subject. As many as there are streams; confined to their event loop. */
final class StreamIndex {

    private final Map<Fingerprint, Set<OpenStream>> streams = new HashMap<>();

    void add(Fingerprint key, OpenStream stream) {
        streams.computeIfAbsent(key, k -> new HashSet<>(2)).add(stream);
    }

    void remove(Fingerprint key, OpenStream stream) {
        Set<OpenStream> left = streams.get(key);
        if (left != null && left.remove(stream) && left.isEmpty()) {
            streams.remove(key);
        }
    }

    /** Those of a realm; a copy, for ending one takes it out. */
    List<OpenStream> of(String realm, Fingerprint key) {
        return streams.getOrDefault(key, Set.of()).stream()
                .filter(stream -> stream.guard().realm().equals(realm))
                .toList();
    }
}
