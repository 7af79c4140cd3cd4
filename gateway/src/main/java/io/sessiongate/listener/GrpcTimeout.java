package io.sessiongate.listener;

import io.sessiongate.http.FieldName;
import io.sessiongate.http.FieldText;
import io.sessiongate.http.WireRequest;
import java.util.concurrent.TimeUnit;

/**
 * How long the client of a call of gRPC waits for it, as it says in {@code grpc-timeout} ("gRPC over HTTP2", Requests): one to
 * eight digits and a unit. Anything else says nothing. Stateless.
 */
final class GrpcTimeout {

    /** Nothing is said. */
    static final long NONE = -1;

    private static final FieldName FIELD = FieldName.of("grpc-timeout");
    private static final String TYPE = "application/grpc";
    private static final int MOST_DIGITS = 8;

    /** No call takes longer: what is added to a reading of the clock must not go round. */
    private static final long MOST_NANOS = TimeUnit.DAYS.toNanos(365);

    private GrpcTimeout() {}

    /** Of a request, at most a year, or {@link #NONE}. In nanoseconds. */
    static long nanos(WireRequest head) {
        if (!head.contains(FIELD)) {
            return NONE;
        }
        FieldText type = head.text(FieldName.CONTENT_TYPE);
        FieldText timeout = head.text(FIELD);
        if (type == null || !isCall(type) || timeout == null || head.count(FIELD) > 1) {
            return NONE;
        }
        return nanos(timeout);
    }

    /** Not grpc-web, which is another protocol. */
    private static boolean isCall(FieldText type) {
        int length = TYPE.length();
        return type.startsWithIgnoreCase(TYPE, 0)
                && (type.length() == length || "+; \t".indexOf(type.charAt(length)) >= 0);
    }

    static long nanos(CharSequence timeout) {
        int digits = timeout.length() - 1;
        if (digits < 1 || digits > MOST_DIGITS) {
            return NONE;
        }
        long value = 0;
        for (int i = 0; i < digits; i++) {
            char c = timeout.charAt(i);
            if (c < '0' || c > '9') {
                return NONE;
            }
            value = value * 10 + c - '0';
        }
        long unit = switch (timeout.charAt(digits)) {
            case 'H' -> TimeUnit.HOURS.toNanos(1);
            case 'M' -> TimeUnit.MINUTES.toNanos(1);
            case 'S' -> TimeUnit.SECONDS.toNanos(1);
            case 'm' -> TimeUnit.MILLISECONDS.toNanos(1);
            case 'u' -> TimeUnit.MICROSECONDS.toNanos(1);
            case 'n' -> 1;
            default -> 0;
        };
        return value == 0 || unit == 0 ? NONE : value > MOST_NANOS / unit ? MOST_NANOS : value * unit;
    }
}
