package io.sessiongate.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.RealmConfig;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.flow.Realm;
import io.sessiongate.flow.RenewedCookies;
import io.sessiongate.flow.Revoker;
import io.sessiongate.flow.SessionAnswers;
import io.sessiongate.flow.Signals;
import io.sessiongate.identity.IdentityWriter;
import io.sessiongate.metrics.AnnouncementMeters;
import io.sessiongate.metrics.CookieMeters;
import io.sessiongate.metrics.Gauges;
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
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The part of the composition root that is done once a realm: makes what each realm has for itself from what all share. Owns
 * nothing: who made the shared parts closes them, and with them what was made here. On the thread that starts the gateway, then on the one that loads configurations.
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

    /** What is made first, as it can fail. */
    private record Judges(TokenGate tokens, IdentityWriter identity) {}

    /**
     * Makes all realms, by name, in the order configured, of the parts of the former ones where nothing changed for them.
     *
     * @param former the generation before; null where there is none
     * @throws IllegalArgumentException naming the place in the file, where a key cannot be used; nothing is left of what was made
     */
    Map<String, Realm> of(GatewayConfig config, @Nullable Generation former) {
        Map<String, Judges> judges = new LinkedHashMap<>();
        try {
            config.realms().forEach((name, realm) -> judges.put(name, judges(realm, before(former, name))));
        } catch (RuntimeException e) {
            abandon(judges, former);
            throw e;
        }
        Map<String, Realm> realms = new LinkedHashMap<>();
        judges.forEach((name, made) -> realms.put(name, realm(config, name, made, former)));
        return realms;
    }

    /** There will be no generation: its predecessor goes on, and is what meters tell of. */
    private static void abandon(Map<String, Judges> judges, @Nullable Generation former) {
        judges.forEach((name, made) -> {
            Realm before = former == null ? null : former.realms().get(name);
            if (before == null || before.tokens() != made.tokens()) {
                made.tokens().close();
            }
            if (before != null) {
                before.tokens().show();
            }
        });
    }

    /** A generation that was made will not be used. */
    void abandon(Generation made, Generation former) {
        made.realms().forEach((name, realm) -> {
            Realm before = former.realms().get(name);
            if (before == null || before.sessions() != realm.sessions()) {
                realm.sessions().close();
            }
            if (before == null || before.tokens() != realm.tokens()) {
                realm.tokens().close();
            }
            if (before != null) {
                before.tokens().show();
            }
        });
    }

    /** The realm of that name as it was, and as it was configured. */
    private record Before(Realm realm, RealmConfig config) {}

    private static @Nullable Before before(@Nullable Generation former, String name) {
        Realm realm = former == null ? null : former.realms().get(name);
        RealmConfig config = former == null ? null : former.config().realms().get(name);
        return realm == null || config == null ? null : new Before(realm, config);
    }

    private Judges judges(RealmConfig config, @Nullable Before before) {
        return new Judges(tokens(config, before), identity(config, before));
    }

    private TokenGate tokens(RealmConfig config, @Nullable Before before) {
        if (before != null && before.realm.tokens().goesOnWith(config.token())) {
            return before.realm.tokens();
        }
        KeySources known =
                before == null ? KeySources.none() : before.realm.tokens().sources();
        KeySources sources = KeySources.of(config.token(), known, config.name(), keyThreads, nanoTime, registry);
        TokenGate made = new TokenGate(config.token(), sources, crypto, clock, nanoTime, tokenMeters, config.name());
        known.names().stream()
                .filter(name -> !sources.names().contains(name))
                .forEach(name -> Gauges.forget(registry, "realm", config.name(), "source", name));
        return made;
    }

    private IdentityWriter identity(RealmConfig config, @Nullable Before before) {
        List<String> attributes = attributes(config);
        if (before != null
                && before.config.identity().equals(config.identity())
                && attributes(before.config).equals(attributes)) {
            return before.realm.identity();
        }
        return new IdentityWriter(
                config.identity(),
                attributes,
                crypto::tryExecute,
                clock,
                nanoTime,
                new IdentityMeters(registry, config.name()));
    }

    private static List<String> attributes(RealmConfig config) {
        return List.copyOf(config.session().lookup().attributes().keySet());
    }

    private Realm realm(GatewayConfig all, String name, Judges judges, @Nullable Generation former) {
        RealmConfig config = Objects.requireNonNull(all.realms().get(name));
        @Nullable Before before = before(former, name);
        SessionGate gate = gate(config, before);
        Revoker revoker = new Revoker(gate, gate.fleet());
        return new Realm(
                name,
                judges.tokens,
                gate,
                judges.identity,
                revoker,
                new Signals(
                        config.session().revocations(),
                        config.token().from(),
                        clock,
                        revoker,
                        new AnnouncementMeters(registry, name)),
                answers(all, config, gate, judges, former),
                config.session().renew() == null
                        ? null
                        : new RenewedCookies(
                                config.token().from(),
                                config.session().renew(),
                                gate,
                                new CookieMeters(registry, name)));
    }

    private SessionGate gate(RealmConfig config, @Nullable Before before) {
        if (before != null && before.realm.sessions().goesOnWith(config.session())) {
            return before.realm.sessions();
        }
        // What the next gate has no use for would go on telling of the former one.
        Gauges.clear(registry, "sessiongate.session.", "realm", config.name());
        Gauges.clear(registry, "sessiongate.revocation.", "realm", config.name());
        return sessions.open(config.name(), config.session(), clock, new SessionMeters(registry, config.name()));
    }

    /** Kept answers are of the application behind the routes, for tokens and sessions that are judged as before. */
    private @Nullable SessionAnswers answers(
            GatewayConfig all, RealmConfig config, SessionGate gate, Judges judges, @Nullable Generation former) {
        String name = config.name();
        Duration interval = config.session().check().revalidateAfter();
        @Nullable Before before = before(former, name);
        List<UpstreamConfig> kept = keptFrom(all, name);
        if (before != null
                && former != null
                && before.realm.answers() != null
                && before.realm.sessions() == gate
                && before.realm.tokens() == judges.tokens
                && before.config.session().check().revalidateAfter().equals(interval)
                && keptFrom(former.config(), name).equals(kept)) {
            return before.realm.answers();
        }
        Gauges.clear(registry, "sessiongate.session.endpoint.", "realm", name);
        return kept.isEmpty()
                ? null
                : new SessionAnswers(
                        config.token().from(), interval, nanoTime, new SessionAnswerMeters(registry, name));
    }

    /** Whose answers are kept. */
    private static List<UpstreamConfig> keptFrom(GatewayConfig config, String realm) {
        return config.routes().stream()
                .filter(route -> route.keepsSessionAnswers() && route.realm().equals(realm))
                .map(route -> Objects.requireNonNull(config.upstreams().get(route.upstream())))
                .toList();
    }

    /** The one takes the other's place, in a moment: whoever is out stays out. */
    void handOver(Generation former, Generation next) {
        next.realms().forEach((name, realm) -> {
            Realm before = former.realms().get(name);
            RealmConfig config = Objects.requireNonNull(next.config().realms().get(name));
            if (before != null && before.sessions() == realm.sessions()) {
                realm.sessions().adopt(config.session());
            } else if (before != null) {
                realm.sessions().takeOver(before.sessions());
            }
            if (before != null && before.tokens() == realm.tokens()) {
                realm.tokens().readAgain();
            }
        });
    }

    /** There is no realm of that name any more. */
    void forget(String name) {
        tokenMeters.forget(name);
        Gauges.forget(registry, "realm", name);
    }
}
