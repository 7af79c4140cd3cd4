package io.sessiongate.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Reads the fields behind the last chunk (RFC 9112 section 7.1.2), by the same grammar as those of a head. */
final class TrailerReader extends HeadReader {

    private final HeadStorages storages;
    private @Nullable WireTrailers trailers;

    TrailerReader(int maxBytes, int maxFields, HeadStorages storages) {
        super(maxBytes, maxFields);
        this.storages = storages;
    }

    HeadProgress read(ByteBuf in) {
        WireTrailers filled = trailers;
        if (filled == null) {
            filled = new WireTrailers(storages.take());
            trailers = filled;
            reset(LINE);
        }
        return take(in, filled.storage());
    }

    /** What was read, or null where there is no field; valid until {@link #release}. */
    @Nullable WireTrailers trailers() {
        return trailers == null || trailers.size() == 0 ? null : trailers;
    }

    void release() {
        if (trailers != null) {
            trailers.release(storages);
            trailers = null;
        }
    }

    @Override
    int startLine(HeadStorage s, int in, int end) {
        throw new IllegalStateException("trailers have no start line");
    }
}
