package io.sessiongate.http;

import io.netty.handler.codec.http.LastHttpContent;

/** The fields behind a body as Netty decoded them; changes go to the message that is sent on. */
public final class NettyTrailers extends NettyHeaderFields {

    public NettyTrailers(LastHttpContent last) {
        super(last.trailingHeaders());
    }
}
