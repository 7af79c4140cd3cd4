package io.sessiongate.listener;

import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.FullHttpResponse;
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
import io.sessiongate.flow.Decision;
import io.sessiongate.flow.Request;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.HopByHop;
import io.sessiongate.http.NettyRequestHead;
import io.sessiongate.http.NettyResponseHead;
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
    private final Patience patience;
    private final Interims interims = new Interims();
    private final Outcome outcome = new Outcome();

    private Phase phase = Phase.DECIDING;
    private Framing framing;
    private boolean bodyDone;
    private boolean keep;
    private boolean closeDelimited;
    private boolean retried;
    private PendingConnection pending = PendingConnection.NONE;
    private @Nullable UpstreamConnection upstream;
    private @Nullable UpstreamConfig target;
    private @Nullable Tunnel tunnel;
    private long sentNanos;

    Exchange(ClientConnection client, Wiring wiring, HttpRequest head, long startNanos) {
        this.client = client;
        this.wiring = wiring;
        this.head = head;
        this.view = new NettyRequestHead(head);
        this.patience = new Patience(client, wiring.timeouts(), wiring.nanoTime());
        this.headRequest = HttpMethod.HEAD.equals(head.method());
        boolean http10 = head.protocolVersion().equals(HttpVersion.HTTP_1_0);
        this.framing = Framing.unknown(http10);
        this.request = new Request(view, client.peer(), false, http10, this::onLoop, startNanos);
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

    /** Runs what the flow was waiting for. A failure in it is answered: no deadline runs while the flow decides. */
    private void onLoop(Runnable task) {
        client.loop().execute(() -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                failed(e);
            }
        });
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
                outcome.fault = reply.answer().kind();
                reply(reply.answer());
            }
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    private void connect(boolean fresh) {
        phase = Phase.CONNECTING;
        patience.rest();
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
        outcome.server = connection.address();
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
        outcome.requestBytes += content.content().readableBytes();
        if (outcome.requestBytes > wiring.limits().requestBodyBytes()) {
            content.release();
            wiring.meters().malformed();
            failBody(FaultKind.BODY_TOO_LARGE);
            return;
        }
        if (content instanceof LastHttpContent last) {
            bodyDone = true;
            TrailerFilter.keep(last, wiring.requestTrailers());
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
        if (phase != Phase.SENDING) {
            return;
        }
        interims.pass(interim, framing, client);
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
        outcome.answerNanos = wiring.nanoTime().getAsLong() - sentNanos;
        from.meters().answered(outcome.answerNanos);
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
        int status = answer.status().code();
        outcome.status = status;
        if (switching) {
            tunnel(answer, from);
            return;
        }
        closeDelimited = ResponseHeads.frame(answer, headRequest, framing.http10());
        // An upstream that refuses, or that answers without having asked for the body, will not read the rest of it.
        boolean unread = !bodyDone && (status >= 400 || (framing.expectsContinue() && outcome.requestBytes == 0));
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
        outcome.responseBytes += content.content().readableBytes();
        if (!(content instanceof LastHttpContent last)) {
            client.write(content);
            waitOn();
            return;
        }
        TrailerFilter.keep(last, name -> true);
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
            outcome.blame(FaultKind.CLIENT_GONE);
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
        waitOn();
        tunnel = new Tunnel(client, to, this::waitOn);
    }

    // ---- answers of ours, and ends

    private void reply(Answer answer) {
        phase = Phase.FINISHING;
        long leftBytes = framing.length() - outcome.requestBytes;
        boolean small = framing.length() == Framing.CHUNKED || leftBytes <= ClientConnection.DRAINED_BYTES;
        keep = keep && !client.draining() && (bodyDone || (small && !framing.expectsContinue()));
        client.pauseBody();
        client.answersHead(headRequest);
        waitOn();
        FullHttpResponse whole = ResponseHeads.of(answer, keep, framing.http10());
        outcome.status = answer.status();
        outcome.responseBytes = headRequest ? 0 : whole.content().readableBytes();
        client.writeLast(whole, this::onWritten);
    }

    /** The request cannot be served: an answer that says so, or the end of the connection where one has begun. */
    private void fail(Fault reason) {
        if (phase == Phase.DONE || phase == Phase.FINISHING) {
            return;
        }
        outcome.fault = reason.kind();
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
        boolean unsent = outcome.requestBytes == 0 && (!framing.hasBody() || !bodyDone);
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
            outcome.blame(FaultKind.CLIENT_GONE);
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
        if (tunnel != null) {
            outcome.requestBytes = tunnel.bytesFromClient();
            outcome.responseBytes = tunnel.bytesFromUpstream();
        }
        try {
            wiring.flow().completed(request, outcome.completion());
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
            patience.forProgress();
        }
    }

    private void waitWhileSending() {
        boolean asks = framing.expectsContinue() && !interims.continued() && outcome.requestBytes == 0;
        if ((bodyDone || asks) && target != null) {
            patience.forAnswer(target.answerTimeout().toNanos());
        } else if (takesBody()) {
            patience.forBody(outcome.requestBytes);
        } else {
            patience.forProgress();
        }
    }

    /** Nothing moved for too long. */
    void onDeadline() {
        if (phase == Phase.RESPONDING && patience.clientReads()) {
            patience.forProgress();
        } else if (phase == Phase.SENDING) {
            keep = keep && patience.lateness() != FaultKind.REQUEST_TIMEOUT;
            fail(Fault.of(patience.lateness()));
        } else {
            if (phase != Phase.TUNNEL) {
                outcome.blame(patience.latenessOfStream());
            }
            letGo();
            complete();
            client.abort(closeDelimited);
        }
    }
}
