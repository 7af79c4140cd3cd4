package io.sessiongate.session;

import io.sessiongate.metrics.WriterMeters;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Tells the other gateways what was announced to this one, by the channel that all of them listen to. Best effort: what fails
 * is counted and forgotten, the checks of the others find it. Confined to the check loop.
 *
 * <p>While one notification is sent the next gather, at most {@value #MOST_WAITING}, each once.
 */
final class PgBroadcast {

    static final int MOST_WAITING = 16_384;

    private final String channel;
    private final PgStatements statements;
    private final WriterMeters meters;
    private final Map<RevocationPayload.Kind, Set<String>> waiting = new EnumMap<>(RevocationPayload.Kind.class);
    private int size;
    private boolean busy;

    PgBroadcast(String channel, PgStatements statements, WriterMeters meters) {
        this.channel = channel;
        this.statements = statements;
        this.meters = meters;
    }

    void tell(RevocationPayload.Kind kind, List<String> hexes) {
        for (String hex : hexes) {
            if (size >= MOST_WAITING) {
                meters.broadcastsLost(1);
            } else if (waiting.computeIfAbsent(kind, k -> new LinkedHashSet<>()).add(hex)) {
                size++;
            }
        }
        next();
    }

    private void next() {
        if (busy || size == 0) {
            return;
        }
        for (RevocationPayload.Kind kind : RevocationPayload.Kind.values()) {
            List<String> hexes = take(waiting.getOrDefault(kind, Set.of()));
            if (!hexes.isEmpty()) {
                send(kind, hexes);
                return;
            }
        }
    }

    private List<String> take(Set<String> of) {
        List<String> hexes = new ArrayList<>(Math.min(of.size(), RevocationPayload.MOST));
        Iterator<String> line = of.iterator();
        while (line.hasNext() && hexes.size() < RevocationPayload.MOST) {
            hexes.add(line.next());
            line.remove();
            size--;
        }
        return hexes;
    }

    private void send(RevocationPayload.Kind kind, List<String> hexes) {
        busy = true;
        statements.run("select pg_notify($1, $2)", List.of(channel, RevocationPayload.write(kind, hexes)), answer -> {
            busy = false;
            if (answer instanceof PgAnswer.Done) {
                meters.broadcast(hexes.size());
            } else {
                meters.broadcastsLost(hexes.size());
            }
            next();
        });
    }

    /** Forgets what waits. */
    void close() {
        meters.broadcastsLost(size);
        waiting.clear();
        size = 0;
    }
}
