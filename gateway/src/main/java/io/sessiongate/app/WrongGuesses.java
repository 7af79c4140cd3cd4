package io.sessiongate.app;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How often an address has been wrong about the admin secret: {@value #MOST_A_SECOND} times within a second, then its next
 * guess is not looked at, right or wrong, until the second is over. By address, so that whoever guesses does not keep others
 * from revoking. Confined to the admin loop; at most {@value #MAX_ADDRESSES} addresses, of which the one that was wrong the
 * longest ago is forgotten.
 */
final class WrongGuesses {

    static final int MOST_A_SECOND = 3;
    static final int MAX_ADDRESSES = 1_024;
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Map<InetAddress, Second> seconds = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Second> eldest) {
            return size() > MAX_ADDRESSES;
        }
    };

    /** Whether the address may try. */
    boolean mayTry(InetAddress peer, long nowNanos) {
        Second second = seconds.get(peer);
        return second == null || second.count < MOST_A_SECOND || second.isOver(nowNanos);
    }

    /** It tried and was wrong. */
    void wrong(InetAddress peer, long nowNanos) {
        Second before = seconds.remove(peer);
        seconds.put(
                peer,
                before == null || before.isOver(nowNanos)
                        ? new Second(nowNanos, 1)
                        : new Second(before.startNanos, before.count + 1));
    }

    private record Second(long startNanos, int count) {
        boolean isOver(long nowNanos) {
            return nowNanos - startNanos >= SECOND_NANOS;
        }
    }
}
