package io.sessiongate.http;

import io.netty.handler.codec.http.HttpRequest;

/** The head of a request as Netty decoded it; changes go to the message that is sent upstream. */
public final class NettyRequestHead extends NettyHeaderFields implements RequestHead {

    private final HttpRequest request;

    public NettyRequestHead(HttpRequest request) {
        super(request.headers());
        this.request = request;
    }

    @Override
    public String method() {
        return request.method().name();
    }

    @Override
    public String target() {
        return request.uri();
    }

    @Override
    public void target(String target) {
        request.setUri(target);
    }
}
