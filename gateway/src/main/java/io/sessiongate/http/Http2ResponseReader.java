package io.sessiongate.http;

import org.jspecify.annotations.Nullable;

/**
 * Reads the heads and trailers of a server's answers from their header blocks, by the rules of {@link Http2Fields}, and makes of
 * them what HTTP/1.1 would have had. One object that is filled again and again, and lasts until {@link #release}. Confined to
 * the connection's event loop.
 */
public final class Http2ResponseReader {

    private static final int TABLE_BYTES = 4096;

    private final HpackDecoder decoder = new HpackDecoder(TABLE_BYTES);
    private final HeadStorages storages;
    private final Fields fields;
    private @Nullable WireResponse head;
    private @Nullable WireTrailers trailers;

    /**
     * A reader.
     *
     * @param maxBytes largest list of fields, each with 32 octets beyond its own
     * @param maxFields most fields
     */
    public Http2ResponseReader(int maxBytes, int maxFields, HeadStorages storages) {
        this.storages = storages;
        this.fields = new Fields(maxBytes, maxFields);
    }

    /** Reads the head of an answer; says what is wrong with it, or null. */
    public @Nullable String readHead(byte[] block, int from, int to) {
        release();
        WireResponse read = new WireResponse(storages.take());
        head = read;
        fields.begin(read.storage(), true);
        String flaw = read(block, from, to);
        if (flaw == null && fields.status == 0) {
            flaw = "the answer has no status";
        }
        read.begin(fields.status, false, 0, 0);
        return flaw;
    }

    /** Reads the fields behind a body; says what is wrong with them, or null. */
    public @Nullable String readTrailers(byte[] block, int from, int to) {
        release();
        WireTrailers read = new WireTrailers(storages.take());
        trailers = read;
        fields.begin(read.storage(), false);
        return read(block, from, to);
    }

    private @Nullable String read(byte[] block, int from, int to) {
        if (!decoder.decode(block, from, to, fields)) {
            return "the answer has a header block that cannot be read";
        }
        return fields.tooLarge() ? "the answer's head is too large" : fields.flaw();
    }

    /** The head read last. */
    public WireResponse head() {
        WireResponse read = head;
        if (read == null) {
            throw new IllegalStateException("no head was read");
        }
        return read;
    }

    /** The fields behind a body, if there are any. */
    public @Nullable WireTrailers trailers() {
        return trailers == null || trailers.size() == 0 ? null : trailers;
    }

    /** Gives the memory back. */
    public void release() {
        WireResponse oldHead = head;
        WireTrailers oldTrailers = trailers;
        head = null;
        trailers = null;
        if (oldHead != null) {
            oldHead.release(storages);
        }
        if (oldTrailers != null) {
            oldTrailers.release(storages);
        }
    }

    /** Collects what a block has. */
    private static final class Fields extends Http2Fields {

        private @Nullable HeadStorage storage;
        private boolean ofHead;
        private int status;

        Fields(int maxBytes, int maxFields) {
            super(maxBytes, maxFields);
        }

        void begin(HeadStorage to, boolean head) {
            begin();
            storage = to;
            ofHead = head;
            status = 0;
        }

        @Override
        void pseudo(byte[] names, int nameStart, int nameLength, byte[] values, int valueStart, int valueLength) {
            if (!ofHead || status != 0 || !is(names, nameStart, nameLength, ":status")) {
                malformed("a pseudo-header field is unknown, comes twice or stands in trailers");
                return;
            }
            boolean good = valueLength == 3;
            int code = 0;
            for (int i = valueStart; good && i < valueStart + valueLength; i++) {
                good = Octets.isDigit(values[i]);
                code = code * 10 + values[i] - '0';
            }
            if (good && code >= 100 && code <= 599) {
                status = code;
            } else {
                malformed("the answer's status is not between 100 and 599");
            }
        }

        @Override
        void keep(byte[] names, int nameStart, int nameLength, byte[] values, int valueStart, int valueLength) {
            HeadStorage s = storage;
            if (s != null && counts()) {
                add(s, names, nameStart, nameLength, values, valueStart, valueLength);
            }
        }
    }
}
