package io.sessiongate.http;

/** Memory for heads of which it is known how much there is: one for a head, one for trailers. For one thread. */
public final class Lent {

    private static final int KEPT_BYTES = 16 * 1024;

    private final HeadStorage one = new HeadStorage();
    private final HeadStorage other = new HeadStorage();
    private HeadStorages storages = new HeadStorages();

    public Lent() {
        storages.give(one);
        storages.give(other);
    }

    public HeadStorages storages() {
        return storages;
    }

    /** Fails unless both have been given back, once each, and nothing was made beside them. */
    public void mustBeBack() {
        if (one.bytes.length > KEPT_BYTES || other.bytes.length > KEPT_BYTES) {
            return; // grown so large that it is left to the collector
        }
        HeadStorage first = storages.take();
        HeadStorage second = storages.take();
        HeadStorage third = storages.take();
        boolean back = (first == one && second == other) || (first == other && second == one);
        storages = new HeadStorages();
        storages.give(one);
        storages.give(other);
        if (!back || third == one || third == other) {
            throw new AssertionError("memory of a head was lost, made in vain or given back twice");
        }
    }
}
