package io.sessiongate.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Finds the body in what follows a head (RFC 9112 sections 6 and 7), however it is cut, as slices of the input: by length,
 * in chunks, or up to the end of the connection. Strict as {@link HeadReader} is. Of a chunk's line at most {@value
 * #MOST_LINE} octets, of the extensions of all chunks together {@value #MOST_EXTENSIONS}: whoever sends more of them wants
 * to be read for nothing. Extensions are judged and dropped. Confined to the connection's event loop.
 *
 * <pre>
 *   SIZE ──';'──► EXTENSION ──► SIZE_LF ──► DATA ──► DATA_CR ──► DATA_LF ──┐
 *    ▲  └──────────CR─────────────▲  └──size 0──► TRAILERS ──► DONE         │
 *    └──────────────────────────────────────────────────────────────────────┘
 * </pre>
 */
public final class BodyReader {

    /** In chunks, as a length. */
    public static final long CHUNKED = -1;

    /** Up to the end of the connection, as a length. */
    public static final long UNTIL_CLOSE = -2;

    private static final int MOST_LINE = 256;
    private static final int MOST_EXTENSIONS = 4096;

    /** Of a chunk's size: what fits in a positive number of 64 bits. */
    private static final int MOST_DIGITS = 15;

    private enum State {
        DONE,
        LENGTH,
        UNTIL_CLOSE,
        SIZE,
        EXTENSION,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILERS,
        REFUSED
    }

    private final TrailerReader trailers;
    private final ChunkExtension extension = new ChunkExtension();
    private State state = State.DONE;
    private long left;
    private int digits;
    private int line;
    private int extensions;
    private @Nullable Fault fault;

    /**
     * A reader.
     *
     * @param maxBytes longest trailer section
     * @param maxFields most field lines of it
     */
    public BodyReader(int maxBytes, int maxFields, HeadStorages storages) {
        this.trailers = new TrailerReader(maxBytes, maxFields, storages);
    }

    /** A body of that length begins; or {@link #CHUNKED}, or {@link #UNTIL_CLOSE}. */
    public void begin(long length) {
        fault = null;
        left = length;
        digits = 0;
        line = 0;
        extensions = 0;
        if (length == CHUNKED) {
            state = State.SIZE;
        } else if (length == UNTIL_CLOSE) {
            state = State.UNTIL_CLOSE;
        } else {
            state = length == 0 ? State.DONE : State.LENGTH;
        }
    }

    /** Whether the body's end was read. */
    public boolean done() {
        return state == State.DONE;
    }

    /** What is wrong with it, or null. Nothing behind it can be understood. */
    public @Nullable Fault fault() {
        return fault;
    }

    /** The fields behind it, once it is done; null where there are none. Valid until {@link #release}. */
    public @Nullable WireTrailers trailers() {
        return trailers.trailers();
    }

    /** Gives the memory of the trailers back. */
    public void release() {
        trailers.release();
    }

    /** The connection has ended: true where that is how the body ends. */
    public boolean endOfInput() {
        if (state == State.UNTIL_CLOSE) {
            state = State.DONE;
        }
        return state == State.DONE;
    }

    /** The next piece of the body, which the caller releases; null where more has to come, it is done, or refused. */
    public @Nullable ByteBuf next(ByteBuf in) {
        while (in.isReadable()) {
            switch (state) {
                case LENGTH, DATA -> {
                    return piece(in, left);
                }
                case UNTIL_CLOSE -> {
                    return in.readRetainedSlice(in.readableBytes());
                }
                case TRAILERS -> trailers(in);
                case DONE, REFUSED -> {
                    return null;
                }
                default -> octet(in.readByte());
            }
        }
        return null;
    }

    private ByteBuf piece(ByteBuf in, long most) {
        int length = (int) Math.min(most, in.readableBytes());
        left -= length;
        if (left == 0) {
            state = state == State.DATA ? State.DATA_CR : State.DONE;
        }
        return in.readRetainedSlice(length);
    }

    private void trailers(ByteBuf in) {
        HeadProgress progress = trailers.read(in);
        if (progress == HeadProgress.DONE) {
            state = State.DONE;
        } else if (progress == HeadProgress.REFUSED) {
            state = State.REFUSED;
            fault = trailers.fault();
        }
    }

    private void octet(byte octet) {
        switch (state) {
            case SIZE -> size(octet);
            case EXTENSION -> {
                if (octet == Octets.CR && extension.mayEnd()) {
                    state = State.SIZE_LF;
                } else if (++extensions > MOST_EXTENSIONS || ++line > MOST_LINE || !extension.take(octet)) {
                    refuse("A chunk's extension is malformed or too long.");
                }
            }
            case SIZE_LF -> {
                if (octet != Octets.LF) {
                    refuse("A chunk's line does not end in CR LF.");
                } else {
                    state = left == 0 ? State.TRAILERS : State.DATA;
                }
            }
            case DATA_CR -> expect(octet, Octets.CR, State.DATA_LF);
            case DATA_LF -> {
                expect(octet, Octets.LF, State.SIZE);
                left = 0;
                digits = 0;
                line = 0;
            }
            default -> throw new IllegalStateException("no such state");
        }
    }

    private void size(byte octet) {
        int value = Octets.hex(octet);
        if (value >= 0) {
            left = (digits == 0 ? 0 : left << 4) | value;
            if (++digits > MOST_DIGITS) {
                refuse("A chunk's size is too long.");
            }
        } else if (digits == 0) {
            refuse("A chunk's size is missing or is no hexadecimal number.");
        } else if (octet == Octets.CR) {
            state = State.SIZE_LF;
        } else if (octet == ';') {
            extension.begin();
            state = State.EXTENSION;
        } else {
            refuse("A chunk's size is no hexadecimal number.");
        }
    }

    private void expect(byte octet, byte expected, State next) {
        if (octet == expected) {
            state = next;
        } else {
            refuse("A chunk is longer than its size says.");
        }
    }

    private void refuse(String detail) {
        state = State.REFUSED;
        fault = new Fault(FaultKind.MALFORMED_REQUEST, detail);
    }
}
