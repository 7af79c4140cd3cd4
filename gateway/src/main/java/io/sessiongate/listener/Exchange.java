package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.sessiongate.flow.Answer;
import io.sessiongate.flow.BodyCopy;
import io.sessiongate.flow.Decision;
import io.sessiongate.flow.Protocol;
import io.sessiongate.flow.Request;
import io.sessiongate.flow.StreamGuard;
import io.sessiongate.http.Backlog;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.HeaderFields;
import io.sessiongate.http.HopByHop;
import io.sessiongate.http.WireRequest;
import io.sessiongate.http.WireResponse;
import io.sessiongate.http.WireTrailers;
import io.sessiongate.metrics.StreamMeters.Kind;
import io.sessiongate.upstream.Loss;
import io.sessiongate.upstream.UpstreamConnection;
import io.sessiongate.upstream.UpstreamEvents;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and its answer. Confined to the client connection's event loop, on which the upstream connection lives as
 * well. Owns where the request stands and its place upstream; its {@link Upload} owns the request's body, its
 * {@link Download} the answer. Whatever happens, {@code Flow.completed} is called once and the upstream connection is released or aborted once.
 *
 * <pre>
 *   DECIDING ──forward──► CONNECTING ──► SENDING ──head──► RESPONDING ──last byte──► FINISHING ──written──► DONE
 *      │                      │   ▲         │ │  └──101──► TUNNEL                        ▲
 *      │                      │   └─again───┘ │ broken, late                             │
 *      └──reply, refuse───────┴───────────────┴──────────── an answer of ours ───────────┘
 * </pre>
 */
final class Exchange extends Ongoing implements UpstreamEvents, Backlog.Events, Executor, Consumer<Decision> {

    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    private enum Phase {
        DECIDING,
        CONNECTING,
        SENDING,
        RESPONDING,
        FINISHING,
        TUNNEL,
        DONE
    }

    private final ClientSide client;
    private final Wiring wiring;
    private final WireRequest head;
    private final Request request;
    private final Patience patience;
    private final Upload upload;
    private final Download download;
    private final NextHop hop;
    private final Outcome outcome;

    private Phase phase = Phase.DECIDING;

    /** The flow has the head in hand and may come back to it. */
    private boolean deciding;

    /** Something of the answer has come since it was waited for last. */
    private boolean moved;

    private @Nullable Tunnel tunnel;
    private @Nullable BodyCopy copy;

    Exchange(ClientSide client, Wiring wiring, WireRequest head, long startNanos) {
        this.client = client;
        this.wiring = wiring;
        this.head = head;
        Workplace place = client.workplace();
        place.begin(head);
        this.upload = place.upload;
        this.download = place.download;
        this.hop = place.hop;
        this.outcome = place.outcome;
        this.patience = place.patience;
        this.request = new Request(
                head, client.peer(), client.peer().entrance().secure(), client.protocol(), this, startNanos);
    }

    // ---- the request

    void start() {
        Fault flaw = wiring.rules().check(head);
        if (flaw != null) {
            refuse(flaw);
            return;
        }
        upload.expect(head);
        client.expectBody(upload.framing().length());
        download.keepAlive(upload.framing().keepAlive());
        if (client.shared().books().full()) {
            overloaded();
            return;
        }
        deciding = true;
        try {
            wiring.flow().decide(request, this);
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    /** Runs what the flow was waiting for. A failure in it is answered: no deadline runs while the flow decides. */
    @Override
    public void execute(Runnable task) {
        client.loop().execute(() -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                failed(e);
            }
        });
    }

    /** Answers what never became a request that can be understood. */
    void refuse(Fault flaw) {
        wiring.meters().malformed();
        fail(flaw);
    }

    /** Answers what there is no memory for. */
    void overloaded() {
        wiring.meters().overloaded();
        fail(Fault.of(FaultKind.OVERLOADED));
    }

    /** What the flow has decided. */
    @Override
    public void accept(Decision decision) {
        deciding = false;
        if (phase != Phase.DECIDING) {
            return;
        }
        try {
            if (decision instanceof Decision.Forward forward) {
                hop.target(forward.route().upstream(), wiring.flow().balanceKey(request));
                upload.framing().writeTo(head);
                client.shared().streams().begun(this);
                connect();
            } else if (decision instanceof Decision.Reply reply) {
                outcome.fault = reply.answer().kind();
                reply(reply.answer());
            }
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    private void connect() {
        phase = Phase.CONNECTING;
        patience.rest();
        hop.wish(this);
    }

    @Override
    public void onConnection(UpstreamConnection connection) {
        hop.found(connection, wiring.nanoTime().getAsLong());
        outcome.server = connection.address();
        if (connection.http2() && !waitedFor()) {
            fail(Fault.of(FaultKind.DEADLINE_EXCEEDED));
            return;
        }
        phase = Phase.SENDING;
        upload.begin(connection, head, this);
        waitOn();
        if (!client.reading()) {
            flush(connection);
        }
    }

    /** Whether the client still waits, as far as it has said how long it does. */
    private boolean waitedFor() {
        long nanos = GrpcCall.timeoutNanos(head);
        if (nanos != GrpcCall.NONE) {
            patience.call(request.startNanos(), nanos);
        }
        return !patience.callOver();
    }

    @Override
    public void onUnavailable(Fault unavailable) {
        hop.unavailable();
        fail(unavailable);
    }

    /** Whether a piece of the body would be passed on at once. */
    boolean takesBody() {
        UpstreamConnection upstream = hop.connection();
        return upstream != null && upload.flows(upstream);
    }

    /** A piece of the request's body, which is taken over. */
    void onRequestBody(ByteBuf piece) {
        UpstreamConnection to = hop.connection();
        if (upload.done() || to == null) {
            piece.release();
            return;
        }
        FaultKind flaw = upload.pass(piece, to);
        if (flaw == null) {
            waitOn();
        } else {
            onRequestFlaw(Fault.of(flaw));
        }
    }

    /** The end of the request's body. */
    void onRequestEnd(@Nullable WireTrailers trailers) {
        UpstreamConnection to = hop.connection();
        if (!upload.done() && to != null) {
            upload.end(trailers, to);
            waitOn();
        }
    }

    /** The request's body cannot be read on. */
    void onRequestFlaw(Fault flaw) {
        wiring.meters().malformed();
        download.close();
        client.pauseBody();
        fail(flaw);
    }

    /** A turn of reading from the client is over. */
    void onReadComplete() {
        if (phase == Phase.CONNECTING && !upload.coming()) {
            hop.bodyHere();
        }
        UpstreamConnection upstream = hop.connection();
        if (upstream != null) {
            flush(upstream);
        }
    }

    private void flush(UpstreamConnection to) {
        to.flush();
        upload.settle(to, this);
    }

    /** The upstream has taken all of what waited for it. */
    @Override
    public void onTaken() {
        UpstreamConnection upstream = hop.connection();
        if (upstream != null && upstream.isWritable()) {
            onWritable(); // or else it says so itself
        }
    }

    /** An upstream that takes nothing is not cut: of those there are as many as may upload to it, and no more. */
    @Override
    public void onLeftLying() {}

    @Override
    public void onWritable() {
        if (!upload.done()) {
            waitOn();
            client.resumeBody();
        }
    }

    // ---- the answer

    @Override
    public void onInterim(WireResponse interim) {
        if (phase != Phase.SENDING || !hear(interim)) {
            return;
        }
        download.interim(interim, upload.framing().expectsContinue());
        if (!upload.done()) {
            waitOn();
        }
    }

    @Override
    public void onHead(WireResponse answer) {
        UpstreamConnection from = hop.connection();
        if (from == null) {
            return;
        }
        outcome.answerNanos = hop.nanosAt(wiring.nanoTime().getAsLong());
        from.meters().answered(outcome.answerNanos);
        hop.answered();
        boolean switching = answer.status() == 101;
        if (switching && !switchesAsAsked(answer)) {
            fail(Fault.of(FaultKind.UPSTREAM_BROKE));
            return;
        }
        // Before the strip: an application may name in Connection what is meant for this hop.
        if (!hear(answer)) {
            return;
        }
        HopByHop.strip(answer);
        try {
            wiring.flow().responding(request, answer);
        } catch (RuntimeException e) {
            failed(e);
            return;
        }
        Kind kind = switching ? Kind.WEBSOCKET : ResponseHeads.events(answer) ? Kind.EVENT_STREAM : null;
        if (kind != null && !client.shared().streams().open(this, kind)) {
            return; // answered otherwise: its session ended while the application thought
        }
        int status = answer.status();
        outcome.status = status;
        if (switching) {
            tunnel(answer, from);
            return;
        }
        copy = wiring.flow().copy(request, answer);
        download.head(answer, upload.unread(status));
        phase = Phase.RESPONDING;
        moved = true;
    }

    /** A client of HTTP/1.1 made the key, and looks at the answer to it itself. */
    private boolean switchesAsAsked(WireResponse answer) {
        return ResponseHeads.webSocket(answer)
                && (client.protocol() != Protocol.HTTP_2 || ResponseHeads.accepts(answer, head));
    }

    @Override
    public void onBody(ByteBuf piece) {
        if (phase != Phase.RESPONDING) {
            piece.release();
            return;
        }
        moved = true;
        if (copy != null) {
            copy.piece(piece.nioBuffer());
        }
        download.body(piece);
    }

    @Override
    public void onEnd(@Nullable WireTrailers trailers) {
        if (phase != Phase.RESPONDING || (trailers != null && !hear(trailers))) {
            return;
        }
        if (copy != null) {
            copy.end();
        }
        UpstreamConnection done = hop.leave();
        phase = Phase.FINISHING;
        if (!upload.done()) {
            client.pauseBody();
        }
        download.end(trailers);
        if (done != null) {
            done.release();
        }
        finish();
    }

    /** Lets the flow take out what is meant for the gateway alone; false where that failed, and the request with it. */
    private boolean hear(HeaderFields fields) {
        try {
            if (wiring.flow().announced(request, fields)) {
                // The answer to a sign-out arrives, however long it takes. Should it turn out to be a stream, it is one
                // of an ended session.
                client.shared().streams().over(this);
            }
            return true;
        } catch (RuntimeException e) {
            failed(e);
            return false;
        }
    }

    /** All of the answer was handed to the connection. */
    private void finish() {
        patience.callDone();
        waitOn();
        client.out().finish(this);
    }

    /** The last byte of the answer has been taken by the client's socket, or never will be. */
    void onWritten(boolean success) {
        if (phase != Phase.FINISHING) {
            return;
        }
        if (success) {
            complete();
            client.answered(download.keeps(), !upload.done());
        } else {
            outcome.blame(FaultKind.CLIENT_GONE);
            complete();
            client.abort(false);
        }
    }

    @Override
    public void onPause() {
        // A server that only says that its connection lives has not gone on.
        if (phase == Phase.RESPONDING && moved) {
            moved = false;
            waitOn();
        }
        client.out().flush();
        UpstreamConnection upstream = hop.connection();
        if (upstream != null) {
            upload.settleHeld(upstream);
        }
        if (upstream != null && (phase == Phase.SENDING || client.out().isWritable())) {
            upstream.read();
        }
    }

    /** The client takes more of the answer. */
    void onClientWritable() {
        UpstreamConnection upstream = hop.connection();
        if (phase == Phase.RESPONDING && upstream != null) {
            waitOn();
            upstream.read();
        } else if (tunnel != null) {
            tunnel.onClientTaken();
        }
    }

    /** The client leaves lying what waits for it while there is no memory for that. */
    void onClientSlow() {
        outcome.blame(FaultKind.CLIENT_GONE);
        hop.abort();
        complete();
        client.abort(true);
    }

    private void tunnel(WireResponse answer, UpstreamConnection to) {
        phase = Phase.TUNNEL;
        download.switching(answer);
        waitOn();
        tunnel = client.tunnel(to, this::waitOn);
    }

    // ---- answers of ours, and ends

    private void reply(Answer answer) {
        phase = Phase.FINISHING;
        client.pauseBody();
        outcome.status = answer.status();
        download.whole(answer, upload.droppable());
        finish();
    }

    /** The request cannot be served: an answer that says so, or the end of the connection where one has begun to leave. */
    private void fail(Fault reason) {
        if (phase == Phase.DONE || phase == Phase.FINISHING) {
            return;
        }
        outcome.fault = reason.kind();
        hop.blame(reason.kind());
        hop.abort();
        if (phase == Phase.TUNNEL || (phase == Phase.RESPONDING && !download.takeBack())) {
            complete();
            client.abort(download.closeDelimited());
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

    @Override
    @Nullable StreamGuard guard() {
        return wiring.flow().guard(request);
    }

    @Override
    boolean end(FaultKind why) {
        boolean over = phase == Phase.FINISHING || phase == Phase.DONE;
        if (tunnel != null && !over) {
            outcome.blame(why);
            tunnel.end(why);
        } else {
            fail(Fault.of(why));
        }
        return !over;
    }

    private void failed(RuntimeException e) {
        LOG.atError().setCause(e).addKeyValue("request_id", request.id()).log("A request failed in the gateway");
        fail(Fault.of(FaultKind.INTERNAL_ERROR));
    }

    @Override
    public void onBroken(Fault reason, Loss loss) {
        UpstreamConnection broken = hop.leave();
        if (broken != null && phase == Phase.SENDING && upload.repeatable(loss) && hop.repeats(broken, loss)) {
            client.pauseBody();
            try {
                connect();
            } catch (RuntimeException e) {
                failed(e);
            }
            return;
        }
        if (broken != null) {
            broken.meters().error(reason.kind());
        }
        if (loss == Loss.UNPROCESSED && refusable()) {
            outcome.blame(reason.kind());
            outcome.status = reason.kind().status();
            complete();
            client.refuse();
        } else {
            fail(reason);
        }
    }

    /** Libraries of gRPC make a call again whose stream was refused, and take a 502 for the call's failure. */
    private boolean refusable() {
        return phase == Phase.SENDING && client.protocol() == Protocol.HTTP_2 && GrpcCall.is(head);
    }

    /** The client's connection has ended, by its doing or ours. */
    void onClientGone() {
        if (phase != Phase.TUNNEL) {
            outcome.blame(FaultKind.CLIENT_GONE);
        }
        hop.abort();
        complete();
    }

    private void complete() {
        if (phase == Phase.DONE) {
            return;
        }
        phase = Phase.DONE;
        if (tunnel != null) {
            tunnel.close();
        }
        client.shared().streams().over(this);
        outcome.requestBytes = tunnel == null ? upload.bytes() : tunnel.bytesFromClient();
        outcome.responseBytes = tunnel == null ? download.bytes() : tunnel.bytesFromUpstream();
        try {
            wiring.flow().completed(request, outcome.completion());
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("A completed request could not be accounted for");
        }
        if (!deciding) {
            head.release(client.shared().storages());
        }
    }

    // ---- deadlines

    /** Something moved: the deadline that fits the phase begins anew. */
    private void waitOn() {
        if (phase == Phase.DONE) {
            return; // the connection waits for somebody else
        }
        UpstreamConnection to = hop.connection();
        if (phase == Phase.SENDING && to != null) {
            patience.whileSending(upload, download.continued(), to.answerNanos(), takesBody());
        } else {
            patience.forProgress();
        }
    }

    /** Nothing moved for too long. */
    void onDeadline() {
        if (patience.callOver()) {
            fail(Fault.of(FaultKind.DEADLINE_EXCEEDED));
        } else if (phase == Phase.RESPONDING && patience.clientReads()) {
            patience.forProgress();
        } else if (phase == Phase.SENDING) {
            if (patience.lateness() == FaultKind.REQUEST_TIMEOUT) {
                download.close();
            }
            fail(Fault.of(patience.lateness()));
        } else {
            if (phase != Phase.TUNNEL) {
                outcome.blame(patience.latenessOfStream());
            }
            hop.abort();
            complete();
            client.abort(download.closeDelimited());
        }
    }
}
