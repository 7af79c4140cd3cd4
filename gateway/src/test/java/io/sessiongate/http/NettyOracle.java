package io.sessiongate.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * Netty's own reading of HTTP/1.1, as strict as it can be set. Its decoders are driven step by step without a channel, so
 * that it shows where a message ends. One reading each.
 */
public final class NettyOracle {

    /** Netty drops these where they stand behind a body. */
    static final Set<String> DROPPED_TRAILERS = Set.of("content-length", "transfer-encoding", "trailer");

    /** Decoders want a context, and do nothing with it. */
    private static final ChannelHandlerContext NOWHERE =
            new EmbeddedChannel(new ChannelInboundHandlerAdapter()).pipeline().firstContext();

    private final Steps decoder;
    private final List<Seen.Message> messages = new ArrayList<>();

    private String start = "";
    private List<String> fields = List.of();
    private StringBuilder body = new StringBuilder();
    private boolean open;
    private boolean refused;

    private NettyOracle(Steps decoder) {
        this.decoder = decoder;
    }

    public static Seen requests(byte[] input) {
        return new NettyOracle(new Requests()).read(input, false);
    }

    /**
     * Reads answers.
     *
     * @param toHead whether the final answer of that number is one to HEAD
     * @param ends whether the connection ends behind the octets
     */
    public static Seen responses(byte[] input, IntPredicate toHead, boolean ends) {
        return new NettyOracle(new Responses(toHead)).read(input, ends);
    }

    private static HttpDecoderConfig strict() {
        return new HttpDecoderConfig()
                .setMaxInitialLineLength(1 << 20)
                .setMaxHeaderSize(1 << 20)
                .setMaxChunkSize(1 << 20)
                .setValidateHeaders(true)
                .setAllowDuplicateContentLengths(false)
                .setStrictLineParsing(true)
                .setUseRfc9112TransferEncoding(true);
    }

    private Seen read(byte[] input, boolean ends) {
        ByteBuf in = Unpooled.wrappedBuffer(input);
        try {
            List<Object> out = new ArrayList<>();
            boolean moved = true;
            while (moved && !refused) {
                int before = in.readerIndex();
                if (in.isReadable()) {
                    decoder.step(NOWHERE, in, out);
                }
                moved = in.readerIndex() > before || !out.isEmpty();
                take(out, in.readerIndex());
            }
            if (ends && !refused) {
                decoder.last(NOWHERE, in, out);
                take(out, in.readerIndex());
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        } finally {
            in.release();
        }
        if (open) {
            messages.add(new Seen.Message(start, fields, body.toString(), List.of(), -1));
        }
        return new Seen(messages, refused);
    }

    private void take(List<Object> out, int at) {
        for (Object object : out) {
            if (!(object instanceof HttpObject http)) {
                // Behind a 101 to another protocol it passes on what is no HTTP.
                ReferenceCountUtil.release(object);
                continue;
            }
            if (refused || http.decoderResult().isFailure()) {
                refused = true;
                ReferenceCountUtil.release(object);
                continue;
            }
            if (object instanceof HttpMessage message) {
                start = startLine(message);
                fields = lines(message.headers(), false);
                body = new StringBuilder();
                open = true;
            }
            if (object instanceof HttpContent piece) {
                body.append(piece.content().toString(StandardCharsets.ISO_8859_1));
                piece.release();
            }
            if (object instanceof LastHttpContent last) {
                messages.add(new Seen.Message(start, fields, body.toString(), lines(last.trailingHeaders(), true), at));
                open = false;
            }
        }
        out.clear();
    }

    private static String startLine(HttpMessage message) {
        if (message instanceof HttpRequest request) {
            return request.method().name() + " " + request.uri() + " "
                    + request.protocolVersion().text();
        }
        HttpResponse response = (HttpResponse) message;
        return response.protocolVersion().text() + " " + response.status().code() + " "
                + response.status().reasonPhrase().strip();
    }

    private static List<String> lines(HttpHeaders headers, boolean trailers) {
        List<String> lines = new ArrayList<>();
        headers.forEach(field -> {
            if (!trailers || !DROPPED_TRAILERS.contains(field.getKey().toLowerCase(java.util.Locale.ROOT))) {
                lines.add(field.getKey() + ": " + field.getValue());
            }
        });
        return lines;
    }

    /** One step of a decoder, which is protected. */
    private interface Steps {
        void step(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception;

        void last(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception;
    }

    private static final class Requests extends HttpRequestDecoder implements Steps {

        Requests() {
            super(strict());
        }

        @Override
        public void step(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
            decode(ctx, in, out);
        }

        @Override
        public void last(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
            decodeLast(ctx, in, out);
        }
    }

    private static final class Responses extends HttpResponseDecoder implements Steps {

        private final IntPredicate toHead;
        private int answers;

        Responses(IntPredicate toHead) {
            super(strict());
            this.toHead = toHead;
        }

        @Override
        protected boolean isContentAlwaysEmpty(HttpMessage message) {
            boolean interim = ((HttpResponse) message).status().code() < 200;
            boolean head = !interim && toHead.test(answers);
            answers += interim ? 0 : 1;
            return head || super.isContentAlwaysEmpty(message);
        }

        @Override
        public void step(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
            decode(ctx, in, out);
        }

        @Override
        public void last(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
            decodeLast(ctx, in, out);
        }
    }
}
