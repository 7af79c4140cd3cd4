package io.sessiongate.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes on what is read, as a connection does, and remembers what whoever reads that must see. One conversation. */
public final class Relay<H extends WireFields> implements OwnReading.Sink<H> {

    /** Changes a head as the flow and the connection do, and writes it. */
    public interface Passing<H> {
        /** Returns the first line that is written. */
        String pass(H head, long length, WireWriter writer);
    }

    /** One for all conversations, of which there is one at a time. */
    private static final EmbeddedChannel CHANNEL = new EmbeddedChannel();

    static {
        CHANNEL.config().setAllocator(new UnpooledByteBufAllocator(false, true));
    }

    private final Passing<H> passing;
    private final WireWriter writer;
    private final List<Seen.Message> left = new ArrayList<>();
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    private String start = "";
    private List<String> fields = List.of();
    private StringBuilder body = new StringBuilder();
    private boolean open;

    public Relay(Passing<H> passing) {
        this.passing = passing;
        CHANNEL.releaseOutbound(); // of a conversation that failed
        writer = new WireWriter(CHANNEL, null);
    }

    @Override
    public void head(H head, long length) {
        start = passing.pass(head, length, writer);
        fields = OwnReading.lines(head);
        body = new StringBuilder();
        open = true;
    }

    @Override
    public void body(ByteBuf piece) {
        body.append(piece.toString(StandardCharsets.ISO_8859_1));
        writer.body(piece);
        flush();
    }

    @Override
    public void end(@Nullable WireTrailers trailers) {
        if (trailers != null) {
            trailers.removeNames(Trailers::forbidden);
        }
        writer.end(trailers);
        left.add(new Seen.Message(start, fields, body.toString(), OwnReading.trailers(trailers), 0));
        open = false;
        flush();
    }

    /** What was written. */
    public byte[] octets() {
        flush();
        writer.close();
        return written.toByteArray();
    }

    private void flush() {
        writer.flush();
        for (ByteBuf out = CHANNEL.readOutbound(); out != null; out = CHANNEL.readOutbound()) {
            written.writeBytes(ByteBufUtil.getBytes(out));
            out.release();
        }
    }

    /** What must be read from {@link #octets}. */
    public Seen left() {
        List<Seen.Message> all = new ArrayList<>(left);
        if (open) {
            all.add(new Seen.Message(start, fields, body.toString(), List.of(), -1));
        }
        return new Seen(all, false);
    }
}
