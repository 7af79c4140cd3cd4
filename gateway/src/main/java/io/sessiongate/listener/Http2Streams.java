package io.sessiongate.listener;

import io.netty.util.collection.IntObjectHashMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The streams of a connection of HTTP/2: those that are open, at most as many as was said to the client; places for the next
 * ones, at most {@value #KEPT}; and the numbers of those that we reset a moment ago, of which something may still be on its
 * way. Confined to the connection's event loop.
 */
final class Http2Streams {

    private static final int KEPT = 16;

    /** Twice as many as there may be are known, or so many. */
    private static final int LEAST_REMEMBERED = 32;

    private static final int[] NONE = {};

    private final int most;
    private final IntObjectHashMap<Http2Stream> open = new IntObjectHashMap<>();
    private final ArrayDeque<Http2Stream> free = new ArrayDeque<>();
    private final List<Http2Stream> touched = new ArrayList<>();
    private int[] reset = NONE;
    private int resets;

    Http2Streams(int most) {
        this.most = most;
    }

    int most() {
        return most;
    }

    boolean full() {
        return open.size() >= most;
    }

    boolean isEmpty() {
        return open.isEmpty();
    }

    @Nullable Http2Stream find(int id) {
        return open.get(id);
    }

    /** Those that are open now; what happens to one of them changes nothing in it. */
    List<Http2Stream> all() {
        return new ArrayList<>(open.values());
    }

    /** A place that was used before; null where there is none. */
    @Nullable Http2Stream free() {
        return free.pollLast();
    }

    void add(int id, Http2Stream stream) {
        open.put(id, stream);
    }

    /** It is over; false where it was already. */
    boolean remove(Http2Stream stream) {
        if (open.remove(stream.id()) == null) {
            return false;
        }
        stream.end();
        if (free.size() < KEPT) {
            free.addLast(stream);
        } else {
            stream.close();
        }
        return true;
    }

    /** Something came for it in this turn of reading. */
    void touch(Http2Stream stream) {
        if (!stream.touched) {
            stream.touched = true;
            touched.add(stream);
        }
    }

    /** The turn is over. */
    void onReadComplete() {
        for (int i = 0; i < touched.size(); i++) {
            Http2Stream stream = touched.get(i);
            stream.touched = false;
            stream.onReadComplete();
        }
        touched.clear();
    }

    /** We reset it. */
    void remember(int id) {
        if (reset.length == 0) {
            reset = new int[Math.max(LEAST_REMEMBERED, 2 * most)];
        }
        reset[resets] = id;
        resets = (resets + 1) % reset.length;
    }

    /** Whether we did so a moment ago. */
    boolean wasReset(int id) {
        for (int known : reset) {
            if (known == id) {
                return true;
            }
        }
        return false;
    }

    /** The connection is over. Returns how many streams were open. */
    int close() {
        List<Http2Stream> cut = all();
        for (Http2Stream stream : cut) {
            stream.onClientGone();
            stream.close();
        }
        open.clear();
        free.forEach(Http2Stream::close);
        free.clear();
        touched.clear();
        return cut.size();
    }
}
