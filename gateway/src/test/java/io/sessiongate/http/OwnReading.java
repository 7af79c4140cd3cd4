package io.sessiongate.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a conversation with the gateway's readers, as a connection does: head, what is said of it, body. Checks on the way
 * that every reader moves on, that no buffer is dropped and no memory of a head is lost or given back twice.
 */
public final class OwnReading<H extends WireFields> {

    public static final int MAX_BYTES = 4096;
    public static final int MAX_TARGET = 2048;
    public static final int MAX_FIELDS = 64;

    /** The reader of heads, and what is said of them. */
    public interface Heads<H> {
        HeadProgress read(ByteBuf in);

        H head();

        String start(H head);

        /** Whether the head fits together. */
        boolean inOrder(H head);

        /** The length of its body, as {@link BodyReader} has it. */
        long length(H head);

        /** Whether nothing behind it is HTTP. */
        boolean last(H head);

        void release(H head);

        void close();
    }

    /** Is shown what a connection would pass on. */
    public interface Sink<H> {
        void head(H head, long length);

        /** Takes the piece over. */
        void body(ByteBuf piece);

        void end(@Nullable WireTrailers trailers);
    }

    private final Heads<H> heads;
    private final BodyReader body;
    private final Sink<H> sink;
    private final List<Seen.Message> messages = new ArrayList<>();

    private @Nullable H head;
    private String start = "";
    private List<String> fields = List.of();
    private StringBuilder text = new StringBuilder();
    private int consumed;
    private boolean refused;
    private boolean over;

    private OwnReading(Heads<H> heads, HeadStorages storages, Sink<H> sink) {
        this.heads = heads;
        this.body = new BodyReader(MAX_BYTES, MAX_FIELDS, storages);
        this.sink = sink;
    }

    /** Reads pieces that come one after the other, and releases them; {@code ends} if the connection ends behind. */
    public static <H extends WireFields> Seen read(
            Lent lent, Heads<H> heads, List<ByteBuf> pieces, boolean ends, Sink<H> sink) {
        OwnReading<H> reading = new OwnReading<>(heads, lent.storages(), sink);
        for (ByteBuf piece : pieces) {
            reading.take(piece);
            if (piece.refCnt() != 1) {
                throw new AssertionError("a piece of a body was not released");
            }
            piece.release();
        }
        Seen seen = reading.end(ends);
        lent.mustBeBack();
        return seen;
    }

    private void take(ByteBuf in) {
        while (in.isReadable() && !refused && !over) {
            int before = in.readableBytes();
            H current = head;
            if (current == null) {
                head(in);
            } else {
                body(in, current);
            }
            consumed += before - in.readableBytes();
            if (before == in.readableBytes() && !refused && !over && head != null) {
                throw new AssertionError("no reader moves on");
            }
            if (head != null && body.done()) {
                whole(head);
            }
        }
    }

    private void head(ByteBuf in) {
        HeadProgress progress = heads.read(in);
        if (progress == HeadProgress.MORE) {
            if (in.isReadable()) {
                throw new AssertionError("a head is not whole although octets are left");
            }
            return;
        }
        H read = heads.head();
        if (progress == HeadProgress.REFUSED) {
            refused = true;
            heads.release(read);
            return;
        }
        start = heads.start(read);
        fields = lines(read);
        if (!heads.inOrder(read)) {
            refused = true;
            heads.release(read);
            return;
        }
        text = new StringBuilder();
        head = read;
        long length = heads.length(read);
        over = heads.last(read);
        body.begin(length);
        sink.head(read, length);
    }

    private void body(ByteBuf in, H current) {
        ByteBuf piece = body.next(in);
        if (piece != null) {
            if (!piece.isReadable()) {
                throw new AssertionError("a piece of a body is empty");
            }
            text.append(piece.toString(StandardCharsets.ISO_8859_1));
            sink.body(piece);
        } else if (body.fault() != null) {
            refused = true;
            unfinished(current);
        }
    }

    private void whole(H current) {
        WireTrailers trailers = body.trailers();
        messages.add(new Seen.Message(start, fields, text.toString(), trailers(trailers), over ? -1 : consumed));
        if (!over) {
            sink.end(trailers);
        }
        body.release();
        heads.release(current);
        head = null;
    }

    private void unfinished(H current) {
        messages.add(new Seen.Message(start, fields, text.toString(), List.of(), -1));
        body.release();
        heads.release(current);
        head = null;
    }

    private Seen end(boolean ends) {
        H current = head;
        if (current != null) {
            if (ends && body.endOfInput()) {
                whole(current);
            } else {
                unfinished(current);
            }
        }
        body.release();
        heads.close();
        return new Seen(messages, refused);
    }

    public static List<String> lines(WireFields fields) {
        List<String> lines = new ArrayList<>();
        fields.forEach((name, value) -> lines.add(name + ": " + value));
        return lines;
    }

    /** Without those that Netty does not show. */
    static List<String> trailers(@Nullable WireTrailers trailers) {
        List<String> lines = new ArrayList<>();
        if (trailers != null) {
            trailers.forEach((name, value) -> {
                if (!NettyOracle.DROPPED_TRAILERS.contains(name.toString().toLowerCase(java.util.Locale.ROOT))) {
                    lines.add(name + ": " + value);
                }
            });
        }
        return lines;
    }

    /** Passes nothing on. */
    public static <H> Sink<H> nowhere() {
        return new Sink<>() {
            @Override
            public void head(H head, long length) {}

            @Override
            public void body(ByteBuf piece) {
                piece.release();
            }

            @Override
            public void end(@Nullable WireTrailers trailers) {}
        };
    }
}
