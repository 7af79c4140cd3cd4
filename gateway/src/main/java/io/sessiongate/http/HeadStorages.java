package io.sessiongate.http;

import java.util.ArrayDeque;

/**
 * Memory of heads that can be used again, of one event loop and confined to it: at most {@value #MOST}, the next is left to
 * the collector. So a connection without a request has none of its own.
 */
public final class HeadStorages {

    private static final int MOST = 256;

    private final ArrayDeque<HeadStorage> free = new ArrayDeque<>();

    HeadStorage take() {
        HeadStorage storage = free.pollLast();
        return storage == null ? new HeadStorage() : storage;
    }

    void give(HeadStorage storage) {
        if (storage.clear() && free.size() < MOST) {
            free.addLast(storage);
        }
    }
}
