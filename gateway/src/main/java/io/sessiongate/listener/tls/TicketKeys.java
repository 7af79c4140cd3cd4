package io.sessiongate.listener.tls;

import io.netty.handler.ssl.SslContext;
import io.sessiongate.http.TlsProvider;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.LongSupplier;

/**
 * The keys with which the sessions are sealed that clients keep (RFC 5077, RFC 8446 section 4.6.1). Each context has one of its
 * own, and the one before it; both are forgotten after two periods, so that a stolen key opens no more than that. For one thread
 * at a time; holds an entry a context in use.
 */
final class TicketKeys {

    private final SecureRandom random = new SecureRandom();
    private final Map<SslContext, byte[]> keys = new WeakHashMap<>();
    private final TlsProvider provider;
    private final long periodNanos;
    private final LongSupplier nanoTime;
    private long turnedNanos;

    TicketKeys(TlsProvider provider, Duration period, LongSupplier nanoTime) {
        this.provider = provider;
        this.periodNanos = period.toNanos();
        this.nanoTime = nanoTime;
        this.turnedNanos = nanoTime.getAsLong();
    }

    /** A first one. */
    void give(SslContext context) {
        if (provider.ticketKeyBytes() > 0) {
            byte[] key = fresh();
            keys.put(context, key);
            provider.ticketKeys(context, key, null);
        }
    }

    /** The next ones, where the period is over. */
    void turn(List<SslContext> contexts) {
        long now = nanoTime.getAsLong();
        if (provider.ticketKeyBytes() == 0 || now - turnedNanos < periodNanos) {
            return;
        }
        turnedNanos = now;
        for (SslContext context : contexts) {
            byte[] key = fresh();
            provider.ticketKeys(context, key, keys.put(context, key));
        }
    }

    private byte[] fresh() {
        byte[] key = new byte[provider.ticketKeyBytes()];
        random.nextBytes(key);
        return key;
    }
}
