package io.sessiongate.listener;

import io.sessiongate.http.FieldName;
import io.sessiongate.http.FieldText;
import io.sessiongate.http.WireRequest;
import java.util.concurrent.TimeUnit;

/** What the head of a request says of a call of gRPC ("gRPC over HTTP2", Requests). Stateless. */
final class GrpcCall {

    /** Nothing is said. */
    static final long NONE = -1;

    private static final FieldName FIELD = FieldName.of("grpc-timeout");
    private static final String TYPE = "application/grpc";
    private static final int MOST_DIGITS = 8;

    /** No call takes longer: what is added to a reading of the clock must not go round. */
    private static final long MOST_NANOS = TimeUnit.DAYS.toNanos(365);

    private GrpcCall() {}

    /**
     * How long its client waits for a call: {@code grpc-timeout}, one to eight digits and a unit. At most a year, in nanoseconds;
     * {@link #NONE} where nothing else is said, and of other requests.
     */
    static long timeoutNanos(WireRequest head) {
        if (!head.contains(FIELD)) {
            return NONE;
        }
        FieldText timeout = head.text(FIELD);
        return timeout == null || head.count(FIELD) > 1 || !is(head) ? NONE : timeoutNanos(timeout);
    }

    /** Whether a request is a call. Not of grpc-web, which is another protocol. */
    static boolean is(WireRequest head) {
        FieldText type = head.text(FieldName.CONTENT_TYPE);
        int length = TYPE.length();
        return type != null
                && type.startsWithIgnoreCase(TYPE, 0)
                && (type.length() == length || "+; \t".indexOf(type.charAt(length)) >= 0);
    }

    static long timeoutNanos(CharSequence timeout) {
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
