package io.sessiongate.listener;

import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.flow.Answer;
import io.sessiongate.flow.Completion;
import io.sessiongate.flow.Decision;
import io.sessiongate.flow.Request;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.HopByHop;
import io.sessiongate.http.NettyRequestHead;
import io.sessiongate.http.NettyResponseHead;
import io.sessiongate.http.Trailers;
import io.sessiongate.upstream.PendingConnection;
import io.sessiongate.upstream.UpstreamConnection;
import io.sessiongate.upstream.UpstreamEvents;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and its answer. Confined to the client connection's event loop, on which the upstream connection lives as
 * well. Whatever happens, {@code Flow.completed} is called once and the upstream connection is released or aborted once.
 *
 * <pre>
 *   DECIDING ──forward──► CONNECTING ──► SENDING ──head──► RESPONDING ──last byte──► FINISHING ──written──► DONE
 *      │                      │   ▲         │ │  └──101──► TUNNEL                        ▲
 *      │                      │   └─stale───┘ │ broken, late                             │
 *      └──reply, refuse───────┴───────────────┴──────────── an answer of ours ───────────┘
 * </pre>
 */
final class Exchange implements UpstreamEvents {

    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    private static final int MOST_INTERIM = 16;

    /** RFC 9110 section 9.2.2. */
    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "PUT", "DELETE");

    private enum Phase {
        DECIDING,
        CONNECTING,
        SENDING,
        RESPONDING,
        FINISHING,
        TUNNEL,
        DONE
    }

    private final ClientConnection client;
    private final Wiring wiring;
    private final HttpRequest head;
    private final NettyRequestHead view;
    private final Request request;
    private final boolean headRequest;

    private Phase phase = Phase.DECIDING;
    private Framing framing;
    private boolean bodyDone;
    private boolean keep;
    private boolean closeDelimited;
    private boolean retried;
    private int interims;
    private boolean continued;
    private PendingConnection pending = PendingConnection.NONE;
    private @Nullable UpstreamConnection upstream;
    private @Nullable UpstreamConfig target;
    private @Nullable String server;
    private @Nullable ByteRelay fromClient;
    private @Nullable ByteRelay fromUpstream;
    private FaultKind lateness = FaultKind.UPSTREAM_TIMEOUT;
    private long sentNanos;
    private long answerNanos = -1;
    private long requestBytes;
    private long responseBytes;
    private long unwrittenBytes;
    private int status;
    private @Nullable FaultKind fault;

    Exchange(ClientConnection client, Wiring wiring, HttpRequest head, long startNanos) {
        this.client = client;
        this.wiring = wiring;
        this.head = head;
        this.view = new NettyRequestHead(head);
        this.headRequest = HttpMethod.HEAD.equals(head.method());
        boolean http10 = head.protocolVersion().equals(HttpVersion.HTTP_1_0);
        this.framing = Framing.unknown(http10);
        this.request = new Request(view, client.peer(), false, http10, client.loop(), startNanos);
    }

    // ---- the request

    void start() {
        Fault flaw = wiring.rules().check(head, view);
        if (flaw != null) {
            wiring.meters().malformed();
            fail(flaw);
            return;
        }
        framing = Framing.of(head);
        keep = framing.keepAlive();
        bodyDone = !framing.hasBody();
        try {
            wiring.flow().decide(request, this::onDecision);
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    /** Answers what never became a whole request. */
    void refuse(FaultKind kind) {
        wiring.meters().malformed();
        fail(Fault.of(kind));
    }

    private void onDecision(Decision decision) {
        if (phase != Phase.DECIDING) {
            return;
        }
        try {
            if (decision instanceof Decision.Forward forward) {
                target = wiring.upstreamConfigs().get(forward.route().upstream());
                framing.writeTo(head);
                connect(false);
            } else if (decision instanceof Decision.Reply reply) {
                reply(reply.answer());
            }
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    private void connect(boolean fresh) {
        phase = Phase.CONNECTING;
        client.deadline().clear();
        UpstreamConfig to = target;
        if (to == null) {
            throw new IllegalStateException("the route's upstream is not configured");
        }
        PendingConnection wish = wiring.upstreams().acquire(to.name(), client.loop(), fresh, this);
        if (phase == Phase.CONNECTING) {
            pending = wish;
        }
    }

    @Override
    public void onConnection(UpstreamConnection connection) {
        pending = PendingConnection.NONE;
        upstream = connection;
        server = connection.address();
        phase = Phase.SENDING;
        if (!head.headers().contains(HttpHeaderNames.HOST)) {
            // HTTP/1.0 without one; HTTP/1.1, which we speak, needs it.
            head.headers().set(HttpHeaderNames.HOST, connection.address());
        }
        sentNanos = wiring.nanoTime().getAsLong();
        connection.begin(head, framing.webSocket(), this);
        if (bodyDone) {
            connection.write(LastHttpContent.EMPTY_LAST_CONTENT);
        } else {
            client.resumeBody();
        }
        waitWhileSending();
        if (!client.reading()) {
            connection.flush();
        }
    }

    @Override
    public void onUnavailable(Fault unavailable) {
        pending = PendingConnection.NONE;
        fail(unavailable);
    }

    /** Whether a piece of the body would be passed on at once. */
    boolean takesBody() {
        return !bodyDone && upstream != null && upstream.isWritable();
    }

    /** A piece of the request's body, which is taken over. */
    void onRequestBody(HttpContent content) {
        UpstreamConnection to = upstream;
        if (bodyDone || to == null) {
            content.release();
            return;
        }
        if (content.decoderResult().isFailure()) {
            content.release();
            wiring.meters().malformed();
            failBody(FaultKind.MALFORMED_REQUEST);
            return;
        }
        requestBytes += content.content().readableBytes();
        if (requestBytes > wiring.limits().requestBodyBytes()) {
            content.release();
            wiring.meters().malformed();
            failBody(FaultKind.BODY_TOO_LARGE);
            return;
        }
        if (content instanceof LastHttpContent last) {
            bodyDone = true;
            if (!last.trailingHeaders().isEmpty()) {
                for (String name : Set.copyOf(last.trailingHeaders().names())) {
                    if (Trailers.forbidden(name) || !wiring.requestTrailers().test(name)) {
                        last.trailingHeaders().remove(name);
                    }
                }
            }
        }
        to.write(content);
        if (!to.isWritable()) {
            client.pauseBody();
        }
        waitOn();
    }

    /** The request itself is at fault while its body arrives: nothing behind it can be understood. */
    private void failBody(FaultKind kind) {
        keep = false;
        client.pauseBody();
        fail(Fault.of(kind));
    }

    /** A turn of reading from the client is over. */
    void onReadComplete() {
        if (upstream != null) {
            upstream.flush();
        }
    }

    @Override
    public void onWritable() {
        if (!bodyDone) {
            waitOn();
            client.resumeBody();
        }
    }

    // ---- the answer

    @Override
    public void onInterim(HttpResponse interim) {
        boolean asked = interim.status().code() != 100 || (framing.expectsContinue() && !continued);
        if (phase != Phase.SENDING || framing.http10() || !asked || ++interims > MOST_INTERIM) {
            return;
        }
        continued |= interim.status().code() == 100;
        HopByHop.strip(new NettyResponseHead(interim));
        var whole = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, interim.status());
        whole.headers().set(interim.headers());
        client.write(whole);
        client.flush();
        if (!bodyDone) {
            waitWhileSending();
        }
    }

    @Override
    public void onHead(HttpResponse answer) {
        UpstreamConnection from = upstream;
        if (from == null) {
            return;
        }
        answerNanos = wiring.nanoTime().getAsLong() - sentNanos;
        from.meters().answered(answerNanos);
        boolean switching = answer.status().code() == 101;
        if (switching && !answer.headers().contains(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)) {
            fail(Fault.of(FaultKind.UPSTREAM_BROKE));
            return;
        }
        NettyResponseHead answerView = new NettyResponseHead(answer);
        HopByHop.strip(answerView);
        try {
            wiring.flow().responding(request, answerView);
        } catch (RuntimeException e) {
            failed(e);
            return;
        }
        status = answer.status().code();
        if (switching) {
            tunnel(answer, from);
            return;
        }
        closeDelimited = ResponseHeads.frame(answer, headRequest, framing.http10());
        // An upstream that refuses, or that answers without having asked for the body, will not read the rest of it.
        boolean unread = !bodyDone && (status >= 400 || (framing.expectsContinue() && requestBytes == 0));
        keep = keep && !closeDelimited && !unread && !client.draining();
        ResponseHeads.connection(answer, keep, framing.http10());
        client.answersHead(headRequest);
        client.write(answer);
        phase = Phase.RESPONDING;
        waitOn();
    }

    @Override
    public void onBody(HttpContent content) {
        if (phase != Phase.RESPONDING) {
            content.release();
            return;
        }
        responseBytes += content.content().readableBytes();
        if (!(content instanceof LastHttpContent last)) {
            client.write(content);
            waitOn();
            return;
        }
        if (!last.trailingHeaders().isEmpty()) {
            Set.copyOf(last.trailingHeaders().names()).stream()
                    .filter(Trailers::forbidden)
                    .forEach(last.trailingHeaders()::remove);
        }
        UpstreamConnection done = upstream;
        upstream = null;
        phase = Phase.FINISHING;
        if (!bodyDone) {
            keep = false;
            client.pauseBody();
        }
        waitOn();
        if (done != null) {
            done.release();
        }
        client.writeLast(last, this::onWritten);
    }

    private void onWritten(ChannelFuture written) {
        if (phase != Phase.FINISHING) {
            return;
        }
        if (written.isSuccess()) {
            complete();
            client.answered(keep, !bodyDone);
        } else {
            fault = fault == null ? FaultKind.CLIENT_GONE : fault;
            complete();
            client.abort(false);
        }
    }

    @Override
    public void onPause() {
        client.flush();
        if (upstream != null && (phase == Phase.SENDING || client.isWritable())) {
            upstream.read();
        }
    }

    /** The client takes more of the answer. */
    void onClientWritable() {
        if (phase == Phase.RESPONDING && upstream != null) {
            waitOn();
            upstream.read();
        }
    }

    private void tunnel(HttpResponse answer, UpstreamConnection to) {
        phase = Phase.TUNNEL;
        answer.setProtocolVersion(HttpVersion.HTTP_1_1);
        answer.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
        answer.headers().set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
        client.write(answer);
        client.write(LastHttpContent.EMPTY_LAST_CONTENT);
        client.flush();
        ByteRelay clientSide = new ByteRelay(to.channel(), this::waitOn);
        ByteRelay upstreamSide = new ByteRelay(client.channel(), this::waitOn);
        fromClient = clientSide;
        fromUpstream = upstreamSide;
        waitOn();
        to.tunnel(upstreamSide);
        client.tunnel(clientSide);
        client.unleash();
        to.unleash();
    }

    // ---- answers of ours, and ends

    private void reply(Answer answer) {
        phase = Phase.FINISHING;
        status = answer.status();
        responseBytes = headRequest ? 0 : answer.body().length();
        boolean small = framing.length() == Framing.CHUNKED
                || framing.length() - requestBytes <= ClientConnection.DRAINED_BYTES;
        keep = keep && !client.draining() && (bodyDone || (small && !framing.expectsContinue()));
        client.pauseBody();
        client.answersHead(headRequest);
        waitOn();
        client.writeLast(ResponseHeads.of(answer, keep, framing.http10()), this::onWritten);
    }

    /** The request cannot be served: an answer that says so, or the end of the connection where one has begun. */
    private void fail(Fault reason) {
        if (phase == Phase.DONE || phase == Phase.FINISHING) {
            return;
        }
        fault = reason.kind();
        UpstreamConnection used = upstream;
        if (used != null) {
            used.meters().error(reason.kind());
        }
        letGo();
        if (phase == Phase.RESPONDING || phase == Phase.TUNNEL) {
            complete();
            client.abort(closeDelimited);
            return;
        }
        try {
            reply(wiring.flow().answer(request, reason));
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("No answer could be made for a fault");
            complete();
            client.abort(false);
        }
    }

    private void failed(RuntimeException e) {
        LOG.atError().setCause(e).addKeyValue("request_id", request.id()).log("A request failed in the gateway");
        fail(Fault.of(FaultKind.INTERNAL_ERROR));
    }

    @Override
    public void onBroken(Fault reason, boolean stale) {
        UpstreamConnection broken = upstream;
        upstream = null;
        boolean unsent = requestBytes == 0 && (!framing.hasBody() || !bodyDone);
        if (broken != null && phase == Phase.SENDING && stale && unsent && !retried && idempotent()) {
            retried = true;
            broken.meters().retried();
            client.pauseBody();
            try {
                connect(true);
            } catch (RuntimeException e) {
                failed(e);
            }
            return;
        }
        if (broken != null) {
            broken.meters().error(reason.kind());
        }
        fail(reason);
    }

    private boolean idempotent() {
        return IDEMPOTENT.contains(head.method().name());
    }

    /** The client's connection has ended, by its doing or ours. */
    void onClientGone() {
        if (phase != Phase.TUNNEL) {
            fault = fault == null ? FaultKind.CLIENT_GONE : fault;
        }
        letGo();
        complete();
    }

    private void letGo() {
        pending.cancel();
        pending = PendingConnection.NONE;
        UpstreamConnection used = upstream;
        upstream = null;
        if (used != null) {
            used.abort();
        }
    }

    private void complete() {
        if (phase == Phase.DONE) {
            return;
        }
        phase = Phase.DONE;
        if (fromClient != null && fromUpstream != null) {
            requestBytes = fromClient.bytes();
            responseBytes = fromUpstream.bytes();
        }
        try {
            wiring.flow()
                    .completed(
                            request,
                            new Completion(
                                    status == 0 ? FaultKind.CLIENT_GONE.status() : status,
                                    fault,
                                    server,
                                    requestBytes,
                                    responseBytes,
                                    answerNanos));
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("A completed request could not be accounted for");
        }
    }

    // ---- deadlines

    /** Something moved: the deadline that fits the phase begins anew. */
    private void waitOn() {
        if (phase == Phase.SENDING) {
            waitWhileSending();
        } else {
            lateness = FaultKind.UPSTREAM_TIMEOUT;
            unwrittenBytes = client.channel().bytesBeforeWritable();
            client.deadline().in(wiring.timeouts().stream().toNanos());
        }
    }

    private void waitWhileSending() {
        UpstreamConfig to = target;
        boolean forAnswer = bodyDone || (framing.expectsContinue() && !continued && requestBytes == 0);
        if (forAnswer && to != null) {
            lateness = FaultKind.UPSTREAM_TIMEOUT;
            client.deadline().in(to.answerTimeout().toNanos());
        } else if (takesBody()) {
            lateness = FaultKind.REQUEST_TIMEOUT;
            client.deadline().in(wiring.timeouts().requestBody().toNanos());
        } else {
            lateness = FaultKind.UPSTREAM_TIMEOUT;
            client.deadline().in(wiring.timeouts().stream().toNanos());
        }
    }

    /** Nothing moved for too long. */
    void onDeadline() {
        long unwritten = client.channel().bytesBeforeWritable();
        if (phase == Phase.RESPONDING && unwritten < unwrittenBytes) {
            // A slow client, but it reads: its share of the write buffer shrinks.
            waitOn();
        } else if (phase == Phase.SENDING) {
            keep = keep && lateness != FaultKind.REQUEST_TIMEOUT;
            fail(Fault.of(lateness));
        } else {
            fault = phase == Phase.TUNNEL ? null : client.isWritable() ? lateness : FaultKind.CLIENT_GONE;
            letGo();
            complete();
            client.abort(closeDelimited);
        }
    }
}
