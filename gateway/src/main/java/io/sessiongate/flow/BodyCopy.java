package io.sessiongate.flow;

import java.nio.ByteBuffer;

/** Is shown the body of an answer as it passes. Confined to the request's loop; must not keep a buffer. */
public interface BodyCopy {

    /** The next piece, which is only valid during the call. */
    void piece(ByteBuffer bytes);

    /** That was all, and the application ended it as it should. Never called for an answer that was cut. */
    void end();
}
