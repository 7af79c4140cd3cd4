package io.sessiongate.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.RealmConfig;
import io.sessiongate.flow.Realm;
import io.sessiongate.flow.RenewedCookies;
import io.sessiongate.flow.Revoker;
import io.sessiongate.flow.SessionAnswers;
import io.sessiongate.flow.Signals;
import io.sessiongate.identity.IdentityWriter;
import io.sessiongate.metrics.AnnouncementMeters;
import io.sessiongate.metrics.CookieMeters;
import io.sessiongate.metrics.IdentityMeters;
import io.sessiongate.metrics.SessionAnswerMeters;
import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.metrics.TokenMeters;
import io.sessiongate.session.PostgresSessions;
import io.sessiongate.session.SessionGate;
import io.sessiongate.token.CryptoPool;
import io.sessiongate.token.KeySources;
import io.sessiongate.token.KeyThreads;
import io.sessiongate.token.TokenGate;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The part of the composition root that is done once a realm: makes what each realm has for itself from what all share. Owns
 * nothing: who made the shared parts closes them, and with them what was made here. On the thread that starts the gateway.
 */
final class Realms {

    private final CryptoPool crypto;
    private final KeyThreads keyThreads;
    private final PostgresSessions sessions;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final MeterRegistry registry;
    private final TokenMeters tokenMeters;

    Realms(
            CryptoPool crypto,
            KeyThreads keyThreads,
            PostgresSessions sessions,
            InstantSource clock,
            LongSupplier nanoTime,
            MeterRegistry registry) {
        this.crypto = crypto;
        this.keyThreads = keyThreads;
        this.sessions = sessions;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.registry = registry;
        this.tokenMeters = new TokenMeters(registry);
    }

    /** Makes all realms, by name, in the order configured. */
    Map<String, Realm> of(GatewayConfig config) {
        Map<String, Realm> realms = new LinkedHashMap<>();
        for (RealmConfig realm : config.realms().values()) {
            boolean keepsAnswers = config.routes().stream()
                    .anyMatch(route ->
                            route.keepsSessionAnswers() && route.realm().equals(realm.name()));
            realms.put(realm.name(), realm(realm, keepsAnswers));
        }
        return realms;
    }

    private Realm realm(RealmConfig config, boolean keepsAnswers) {
        String name = config.name();
        SessionGate gate = sessions.open(name, config.session(), clock, new SessionMeters(registry, name));
        Revoker revoker = new Revoker(gate, gate.fleet());
        return new Realm(
                name,
                new TokenGate(
                        config.token(),
                        KeySources.of(config.token(), name, keyThreads, nanoTime, registry),
                        crypto,
                        clock,
                        nanoTime,
                        tokenMeters,
                        name),
                gate,
                new IdentityWriter(
                        config.identity(),
                        List.copyOf(config.session().lookup().attributes().keySet()),
                        crypto::tryExecute,
                        clock,
                        nanoTime,
                        new IdentityMeters(registry, name)),
                revoker,
                new Signals(
                        config.session().revocations(),
                        config.token().from(),
                        clock,
                        revoker,
                        new AnnouncementMeters(registry, name)),
                keepsAnswers
                        ? new SessionAnswers(
                                config.token().from(),
                                config.session().check().revalidateAfter(),
                                nanoTime,
                                new SessionAnswerMeters(registry, name))
                        : null,
                config.session().renew() == null
                        ? null
                        : new RenewedCookies(
                                config.token().from(),
                                config.session().renew(),
                                gate,
                                new CookieMeters(registry, name)));
    }
}
