package io.sessiongate.listener;

import java.nio.charset.StandardCharsets;

/** Any octets as a body in chunks, and what follows it: the same promises as those of {@link RequestFuzz}. */
public final class ChunkedFuzz {

    private static final byte[] HEAD =
            "POST /up HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private ChunkedFuzz() {}

    /** The name under which Jazzer looks for it. */
    public static void fuzzerTestOneInput(byte[] input) {
        check(input);
    }

    static int check(byte[] input) {
        byte[] whole = new byte[HEAD.length + input.length];
        System.arraycopy(HEAD, 0, whole, 0, HEAD.length);
        System.arraycopy(input, 0, whole, HEAD.length, input.length);
        return RequestFuzz.check(whole);
    }
}
