package io.sessiongate.listener;

import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;

/** Netty's response encoder, told whether it answers a {@code HEAD}. Confined to the connection's event loop. */
final class ResponseEncoder extends HttpResponseEncoder {

    private boolean head;

    void answers(boolean headRequest) {
        head = headRequest;
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpResponse response) {
        int status = response.status().code();
        return status < 200 || head || super.isContentAlwaysEmpty(response);
    }
}
