package io.sessiongate.listener;

/**
 * What a client may send of bodies on a connection of HTTP/2, all of them together: what came counts until it is out of the
 * way. Confined to the connection's event loop.
 */
final class Http2Credit {

    /** So that a few slow bodies do not stop the others, and none holds more memory than that. Octets. */
    static final int WINDOW = 1024 * 1024;

    private int window = WINDOW;
    private int credit;
    private long aheadBytes;

    /** So much came; false where it is more than may come. */
    boolean takes(int bytes) {
        window -= bytes;
        return window >= 0;
    }

    /** So much is out of the way; returns by how much the client is to be told that more may come, 0 for not yet. */
    int consumed(int bytes) {
        credit += bytes;
        // Or sooner, where bodies that nobody takes hold so much that the others could not go on by what is left.
        boolean worth = credit >= WINDOW / 2 || (credit > 0 && credit >= window);
        if (!worth) {
            return 0;
        }
        int told = credit;
        window += told;
        credit = 0;
        return told;
    }

    /** So much of heads and bodies waits now, or no more. */
    void ahead(long bytes) {
        aheadBytes += bytes;
    }

    long aheadBytes() {
        return aheadBytes;
    }
}
