package io.sessiongate.http;

import io.netty.handler.codec.http.HttpResponse;

/** The head of an upstream's response as Netty decoded it; changes go to the message that is sent to the client. */
public final class NettyResponseHead extends NettyHeaderFields implements ResponseHead {

    private final HttpResponse response;

    public NettyResponseHead(HttpResponse response) {
        super(response.headers());
        this.response = response;
    }

    @Override
    public int status() {
        return response.status().code();
    }
}
