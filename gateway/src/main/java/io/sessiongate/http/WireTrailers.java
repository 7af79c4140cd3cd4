package io.sessiongate.http;

import io.netty.buffer.ByteBuf;

/** The fields behind a body; changes go to the message that is written on. Confined to the connection's event loop. */
public final class WireTrailers extends WireFields {

    WireTrailers(HeadStorage storage) {
        super(storage);
    }

    /** Octets that {@link #writeTo} writes at most. */
    public int encodedBytes() {
        return HeadEncoder.mostBytes(storage());
    }

    /** Writes the fields and the empty line behind them. */
    public void writeTo(ByteBuf out) {
        HeadStorage s = storage();
        s.ensure(encodedBytes());
        HeadEncoder.flush(out, s, HeadEncoder.fields(s, s.length));
    }
}
