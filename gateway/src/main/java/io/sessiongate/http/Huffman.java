package io.sessiongate.http;

/**
 * The static Huffman code of HPACK (RFC 7541 appendix B), read half an octet at a time. The code is canonical: shorter words
 * first, those of one length in the order of their symbols; so the lengths say all. Immutable; for any thread.
 */
final class Huffman {

    private static final int EOS = 256;
    private static final int SYMBOLS = 257;
    private static final int SHORTEST = 5;

    /** Bits of each symbol's word, the end of string last: a letter for each, {@code a} is five. */
    private static final String LENGTHS = "isxxxxxxxtzxxzxxxxxxxxzxxxxxxxxxbffhibdgffdgdbbbaaabbbbbbbcdkbhf"
            + "ibccccccccccccccccccccccdcdioijbkabababbbaccbbbabcbaabccccckgjix"
            + "prpprrrsrssssststtrstssssqrsrsstrqprrssqsrrtqrssqqrqsrssprrrsrrs"
            + "vvporsruvvvwwvtuoqvwwvwtqqvvxwwwptpqrqqsrruuttvsvwvvwwwwwxwwwwwvz";

    /** A word would be cut in two places of the tree; there are as many as symbols but one. */
    private static final int NODES = SYMBOLS - 1;

    private static final int EMITS = 1 << 16;
    private static final int FAILS = 1 << 17;

    /** By node and half octet: the next node in the upper bits from 20 on, flags, and the symbol in the lowest eight. */
    private static final int[] STEPS = new int[NODES * 16];

    /** Nodes behind which a string may end: the padding is up to seven bits of ones (section 5.2). */
    private static final boolean[] ENDS = new boolean[NODES];

    static {
        build();
    }

    private Huffman() {}

    /** Octets that so many encoded ones stand for at most. */
    static int mostBytes(int encoded) {
        return encoded * 8 / SHORTEST + 1;
    }

    /**
     * Decodes a string.
     *
     * @param to has room for {@link #mostBytes}
     * @return the place behind the last octet written, or -1 where it is no such string
     */
    static int decode(byte[] from, int start, int end, byte[] to, int at) {
        int node = 0;
        int out = at;
        for (int i = start; i < end; i++) {
            int high = STEPS[(node << 4) | ((from[i] & 0xf0) >> 4)];
            if ((high & EMITS) != 0) {
                to[out++] = (byte) high;
            }
            int low = STEPS[((high >>> 20) << 4) | (from[i] & 0x0f)];
            if ((low & EMITS) != 0) {
                to[out++] = (byte) low;
            }
            if (((high | low) & FAILS) != 0) {
                return -1;
            }
            node = low >>> 20;
        }
        return ENDS[node] ? out : -1;
    }

    private static void build() {
        // A node's two children: another node, or a symbol as ~symbol. The root is 0, which is nobody's child.
        int[][] children = new int[NODES][2];
        int nodes = 1;
        int word = 0;
        int before = 0;
        for (int length = SHORTEST; length <= 30; length++) {
            for (int symbol = 0; symbol < SYMBOLS; symbol++) {
                if (LENGTHS.charAt(symbol) - 'a' + SHORTEST != length) {
                    continue;
                }
                word = before == 0 ? 0 : (word + 1) << (length - before);
                before = length;
                int node = 0;
                for (int bit = length - 1; bit > 0; bit--) {
                    int side = (word >>> bit) & 1;
                    if (children[node][side] == 0) {
                        children[node][side] = nodes++;
                    }
                    node = children[node][side];
                }
                children[node][word & 1] = ~symbol;
            }
        }
        for (int node = 0; node < NODES; node++) {
            for (int half = 0; half < 16; half++) {
                STEPS[(node << 4) | half] = step(children, node, half);
            }
        }
        int node = 0;
        for (int ones = 0; ones <= 7; ones++) {
            ENDS[node] = true;
            node = children[node][1];
        }
    }

    private static int step(int[][] children, int from, int half) {
        int node = from;
        int found = 0;
        for (int bit = 3; bit >= 0; bit--) {
            int next = children[node][(half >>> bit) & 1];
            if (next >= 0) {
                node = next;
            } else if (~next == EOS) {
                return FAILS;
            } else {
                found = EMITS | ~next;
                node = 0;
            }
        }
        return (node << 20) | found;
    }
}
