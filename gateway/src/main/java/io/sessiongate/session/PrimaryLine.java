package io.sessiongate.session;

import io.sessiongate.session.CheckResult.Rows;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What checks over replicas want to know of the primary: who waits, and who is in the statement under way. Confined to the check
 * loop. Bound: one for each connection to a replica.
 */
final class PrimaryLine {

    private final Deque<Inquiry> waiting = new ArrayDeque<>();
    private List<Inquiry> underWay = List.of();

    /** What one check asks, at most a batch; answered once. */
    static final class Inquiry {
        private final Set<String> ids;
        private final Consumer<CheckResult> then;
        private boolean over;

        Inquiry(List<String> ids, Consumer<CheckResult> then) {
            this.ids = new LinkedHashSet<>(ids);
            this.then = then;
        }

        private void end(CheckResult result) {
            if (!over) {
                over = true;
                then.accept(result);
            }
        }
    }

    int size() {
        return waiting.size() + underWay.size();
    }

    boolean isAnyWaiting() {
        return !waiting.isEmpty();
    }

    void add(Inquiry inquiry) {
        waiting.add(inquiry);
    }

    /**
     * Answers it now with this.
     *
     * @return whether nobody is left who waits for the statement it was in
     */
    boolean withdraw(Inquiry inquiry, CheckResult result) {
        waiting.remove(inquiry);
        inquiry.end(result);
        return underWay.contains(inquiry) && underWay.stream().allMatch(other -> other.over);
    }

    /** Those who have waited longest, as the ids of one statement: all that fit into a batch. */
    List<String> next() {
        List<Inquiry> next = new ArrayList<>();
        Set<String> ids = new LinkedHashSet<>();
        for (Inquiry first = waiting.peek(); first != null; first = waiting.peek()) {
            if (!next.isEmpty() && ids.size() + first.ids.size() > CheckConnection.MAX_BATCH) {
                break;
            }
            ids.addAll(first.ids);
            next.add(first);
            waiting.remove();
        }
        underWay = next;
        return List.copyOf(ids);
    }

    /** The statement under way has ended so: each gets the rows of its own ids, or the failure. */
    void answer(CheckResult result) {
        List<Inquiry> answered = underWay;
        underWay = List.of();
        if (!(result instanceof Rows rows)) {
            answered.forEach(inquiry -> inquiry.end(result));
            return;
        }
        Map<String, List<SessionRow>> byId = new HashMap<>();
        rows.rows()
                .forEach(row ->
                        byId.computeIfAbsent(row.id(), id -> new ArrayList<>(1)).add(row));
        answered.forEach(inquiry -> inquiry.end(new Rows(inquiry.ids.stream()
                .flatMap(id -> byId.getOrDefault(id, List.of()).stream())
                .toList())));
    }

    /** All fail, those who wait too. */
    void fail(CheckResult.Failed failure) {
        answer(failure);
        List<Inquiry> all = List.copyOf(waiting);
        waiting.clear();
        all.forEach(inquiry -> inquiry.end(failure));
    }
}
