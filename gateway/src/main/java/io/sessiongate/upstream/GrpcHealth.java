package io.sessiongate.upstream;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The call with which servers of gRPC are asked whether they are well: {@code grpc.health.v1.Health/Check}. Its two messages have
 * one field each; they are written and read here as Protocol Buffers have them. Stateless.
 */
final class GrpcHealth {

    /** Of every message: whether it is compressed, and its length ("gRPC over HTTP2", Length-Prefixed-Message). */
    private static final int PREFIX_BYTES = 5;

    /** Field 1, both of the question, as text, and of the answer, as a number. */
    private static final int SERVICE = (1 << 3) | 2;

    private static final int FIELD = 1;
    private static final int SERVING = 1;
    private static final int MOST_VARINT = 10;

    private GrpcHealth() {}

    /** The message that asks for a service; the server as a whole where that is empty. */
    static byte[] question(String service) {
        byte[] name = service.getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream field = new ByteArrayOutputStream();
        if (name.length > 0) {
            field.write(SERVICE);
            int length = name.length;
            for (; length > 0x7f; length >>>= 7) {
                field.write((length & 0x7f) | 0x80);
            }
            field.write(length);
            field.writeBytes(name);
        }
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.write(0);
        for (int shift = 24; shift >= 0; shift -= 8) {
            message.write(field.size() >>> shift);
        }
        message.writeBytes(field.toByteArray());
        return message.toByteArray();
    }

    /** What the answer says is wrong; null where the service is well. */
    static @Nullable String flaw(byte[] answer, int length) {
        long status = status(answer, length);
        if (status == SERVING) {
            return null;
        }
        return status < 0 ? HealthQuestion.INVALID : "it is not serving (" + status + ")";
    }

    /** The number in the answer; negative where there is no such message. */
    private static long status(byte[] answer, int length) {
        if (length < PREFIX_BYTES || answer[0] != 0) {
            return -1;
        }
        int said = 0;
        for (int i = 1; i < PREFIX_BYTES; i++) {
            said = (said << 8) | (answer[i] & 0xff);
        }
        return said == length - PREFIX_BYTES ? new Fields(answer, PREFIX_BYTES, length).status() : -1;
    }

    /** The fields of a message, one behind the other. */
    private static final class Fields {

        private final byte[] bytes;
        private final int end;
        private int at;
        private boolean broken;

        Fields(byte[] bytes, int start, int end) {
            this.bytes = bytes;
            this.at = start;
            this.end = end;
        }

        /** The last one counts, and where there is none, 0. */
        long status() {
            long status = 0;
            while (at < end && !broken) {
                long tag = varint();
                switch ((int) (tag & 7)) {
                    case 0 -> {
                        long value = varint();
                        status = tag >>> 3 == FIELD ? value : status;
                    }
                    case 1 -> skip(8);
                    case 2 -> skip(varint());
                    case 5 -> skip(4);
                    default -> broken = true;
                }
            }
            return broken ? -1 : status;
        }

        private long varint() {
            long value = 0;
            for (int i = 0; i < MOST_VARINT && at < end; i++) {
                byte next = bytes[at++];
                value |= (long) (next & 0x7f) << (7 * i);
                if (next >= 0) {
                    return value;
                }
            }
            broken = true;
            return 0;
        }

        private void skip(long more) {
            if (more < 0 || more > end - at) {
                broken = true;
            } else {
                at += (int) more;
            }
        }
    }
}
