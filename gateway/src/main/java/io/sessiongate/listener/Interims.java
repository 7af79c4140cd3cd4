package io.sessiongate.listener;

import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.sessiongate.http.HopByHop;
import io.sessiongate.http.NettyResponseHead;

/**
 * Which interim answers (1xx) of one exchange are passed on (RFC 9110 section 15.2): none to HTTP/1.0, a 100 once and
 * only where it was asked for, others up to {@value #MOST}. Confined to the connection's event loop.
 */
final class Interims {

    private static final int MOST = 16;

    private int passed;
    private boolean continued;

    /** Whether the client has been told to send its body. */
    boolean continued() {
        return continued;
    }

    /** Passes one on, or drops it. */
    void pass(HttpResponse interim, Framing framing, ClientConnection client) {
        boolean isContinue = interim.status().code() == 100;
        boolean wanted = !isContinue || (framing.expectsContinue() && !continued);
        if (framing.http10() || !wanted || ++passed > MOST) {
            return;
        }
        continued |= isContinue;
        HopByHop.strip(new NettyResponseHead(interim));
        var whole = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, interim.status());
        whole.headers().set(interim.headers());
        client.write(whole);
        client.flush();
    }
}
