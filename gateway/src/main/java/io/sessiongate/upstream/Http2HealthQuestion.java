package io.sessiongate.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.sessiongate.config.HealthCheckConfig;
import io.sessiongate.http.HeadStorages;
import io.sessiongate.http.Http2FrameReader;
import io.sessiongate.http.Http2FrameWriter;
import io.sessiongate.http.Http2ResponseReader;
import io.sessiongate.http.WireFields;
import io.sessiongate.http.WireRequest;
import io.sessiongate.http.WireTrailers;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET} over HTTP/2, of whose answer only the status counts, or the call of {@link GrpcHealth}. Takes no more than
 * {@value #MOST_FRAMES} frames and a message of {@value #MOST_MESSAGE} octets. Confined to the connection's event loop.
 */
final class Http2HealthQuestion extends HealthQuestion implements Http2FrameReader.Events {

    private static final int STREAM = 1;
    private static final int ENABLE_PUSH = 2;
    private static final int MAX_HEADER_LIST = 6;
    private static final int MOST_FRAMES = 200;
    private static final int MOST_MESSAGE = 1024;

    private final HeadStorages storages;
    private final String authority;
    private final boolean secure;
    private final int headBytes;
    private final Http2Input input;
    private final Http2FrameWriter out;
    private final Http2ResponseReader answers;
    private final byte[] message = new byte[MOST_MESSAGE];
    private int messageBytes;
    private int frames;
    private boolean headRead;

    Http2HealthQuestion(
            HealthCheckConfig rule,
            Channel channel,
            String authority,
            boolean secure,
            int headBytes,
            HeadStorages storages,
            Consumer<@Nullable String> told) {
        super(rule, told);
        this.authority = authority;
        this.secure = secure;
        this.headBytes = headBytes;
        this.storages = storages;
        this.input = new Http2Input(channel, 2 * headBytes);
        this.out = new Http2FrameWriter(channel);
        this.answers = new Http2ResponseReader(headBytes, MOST_FIELDS, storages);
    }

    @Override
    void write(Channel opened) {
        String service = rule().grpcService();
        out.preface();
        out.settings(ENABLE_PUSH, 0, MAX_HEADER_LIST, headBytes);
        WireRequest head = WireRequest.of(service == null ? "GET" : "POST", rule().path(), storages);
        head.add("host", authority);
        head.add("user-agent", AGENT);
        if (service == null) {
            head.add("accept", "*/*");
        } else {
            head.add("te", "trailers");
            head.add("content-type", "application/grpc");
        }
        out.headers(STREAM, head, secure, service == null, Http2FrameReader.MOST_PAYLOAD);
        head.release(storages);
        if (service != null) {
            out.data(STREAM, Unpooled.wrappedBuffer(GrpcHealth.question(service)), true);
        }
        out.flush();
    }

    @Override
    void read(ByteBuf in) {
        if (input.read(in, this) != null) {
            end(INVALID);
        }
    }

    @Override
    void flush() {
        out.flush();
    }

    @Override
    void release() {
        input.close();
        answers.release();
        out.close();
    }

    private void done(@Nullable String flaw) {
        input.stop();
        end(flaw);
    }

    // ---- the answer

    @Override
    public void onHeaders(int of, byte[] block, int from, int to, boolean ends, int dependsOn) {
        try {
            if (of != STREAM) {
                done(INVALID);
            } else if (headRead) {
                String flaw = answers.readTrailers(block, from, to);
                WireTrailers trailers = flaw == null && ends ? answers.trailers() : null;
                done(trailers == null ? INVALID : called(trailers));
            } else if (answers.readHead(block, from, to) != null) {
                done(INVALID);
            } else {
                onHead(answers.head().status(), ends);
            }
        } finally {
            answers.release();
        }
    }

    private void onHead(int status, boolean ends) {
        if (status < 200) {
            if (ends || status == 101) {
                done(INVALID);
            }
        } else if (rule().grpcService() == null) {
            done(flaw(status));
        } else if (status != 200) {
            done("it answers " + status);
        } else if (ends) {
            done(called(answers.head()));
        } else {
            headRead = true;
        }
    }

    private @Nullable String called(WireFields end) {
        String status = end.first("grpc-status");
        if (status == null || !status.equals("0")) {
            return status == null ? INVALID : "it answers grpc-status " + shown(status);
        }
        return GrpcHealth.flaw(message, messageBytes);
    }

    /** It goes to the log. */
    private static String shown(String status) {
        return status.substring(0, Math.min(2, status.length()));
    }

    @Override
    public boolean onData(int of, int bytes, int overhead) {
        boolean taken = of == STREAM && headRead && messageBytes + bytes <= MOST_MESSAGE;
        if (!taken) {
            done(INVALID);
        }
        return taken;
    }

    @Override
    public void onDataPiece(int of, ByteBuf piece) {
        int bytes = piece.readableBytes();
        piece.readBytes(message, messageBytes, bytes).release();
        messageBytes += bytes;
    }

    /** A call ends with its trailers. */
    @Override
    public void onDataEnd(int of) {
        done(INVALID);
    }

    @Override
    public void onReset(int of, int code) {
        done("it reset the question");
    }

    // ---- the connection

    @Override
    public void onFrame(int type) {
        if (++frames > MOST_FRAMES) {
            done(INVALID);
        }
    }

    @Override
    public void onPriority(int of, int dependsOn) {
        // There is one stream.
    }

    @Override
    public void onSetting(int id, long value) {
        // The question fits into whatever a server takes at first.
    }

    @Override
    public void onSettings() {
        out.settingsAck();
    }

    @Override
    public void onSettingsAck() {
        // Not waited for.
    }

    @Override
    public void onPing(long payload) {
        out.ping(payload, true);
    }

    @Override
    public void onPingAck(long payload) {
        // None was sent.
    }

    @Override
    public void onGoAway(int lastStream) {
        if (lastStream < STREAM) {
            done("it leaves");
        }
    }

    @Override
    public void onWindow(int of, int bytes) {
        // All was sent.
    }
}
