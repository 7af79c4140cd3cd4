package io.sessiongate.flow;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.Access;
import io.sessiongate.config.CidrBlock;
import io.sessiongate.config.IdentityConfig;
import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.RateLimitConfig;
import io.sessiongate.config.RevocationConfig;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.config.SecretBytes;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.flow.rate.RateLimits;
import io.sessiongate.http.Fault;
import io.sessiongate.identity.IdentityWriter;
import io.sessiongate.metrics.AnnouncementMeters;
import io.sessiongate.metrics.CryptoMeters;
import io.sessiongate.metrics.IdentityMeters;
import io.sessiongate.metrics.ObserveMeters;
import io.sessiongate.metrics.RequestMeters;
import io.sessiongate.metrics.SessionAnswerMeters;
import io.sessiongate.metrics.TokenMeters;
import io.sessiongate.route.Router;
import io.sessiongate.session.InMemorySessions;
import io.sessiongate.session.RevocationBroadcast;
import io.sessiongate.testing.SimpleAnswer;
import io.sessiongate.testing.SimpleHead;
import io.sessiongate.token.CryptoPool;
import io.sessiongate.token.JwsSigner;
import io.sessiongate.token.TokenGate;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The whole flow over sessions in memory: what is judged is what the application would be told. */
final class FlowFixture {

    private static final byte[] SECRET = "a secret of thirty-two bytes or more".getBytes(StandardCharsets.UTF_8);

    private static final IdentityConfig IDENTITY = new IdentityConfig(
            "X-Auth-Subject", "X-Auth-Session", "X-Auth-Roles", Map.of(), Map.of("X-Auth-Email", "email"), null);

    final MeterRegistry registry = new SimpleMeterRegistry();
    final RecentRefusals refusals = new RecentRefusals(java.time.InstantSource.system());
    final InMemorySessions sessions = new InMemorySessions();
    final List<RateLimitConfig> limits = new ArrayList<>();
    final List<RouteConfig> routes = new ArrayList<>();
    final List<String> broadcast = new ArrayList<>();
    final List<KeyConfig> keys =
            new ArrayList<>(List.of(new KeyConfig(Set.of("HS256"), null, new SecretBytes(SECRET), null, "test:1:1")));
    final ObserveMeters observed = new ObserveMeters(registry);
    Set<String> upstreams = Set.of("app");
    boolean observes;
    List<CidrBlock> trustedProxies = List.of();
    String peer = "203.0.113.7";
    Entrance entrance = Entrance.PLAIN;

    @Nullable String certificate;

    @Nullable Tracing tracing;

    private @Nullable RequestFlow flow;

    FlowFixture() {
        routes.add(route("/public/**", new Access.Public()));
        routes.add(route("/login", new Access.Public()));
        routes.add(route("/api/admin/**", new Access.Roles(Set.of("admin"))));
        routes.add(route("/**", new Access.Authenticated()));
    }

    static RouteConfig route(String path, Access access) {
        boolean open = access instanceof Access.Public;
        return new RouteConfig(
                null, path, Set.of(), access, "app", "default", open ? null : "/login", null, true, "test:1:1");
    }

    RequestFlow flow() {
        if (flow == null) {
            Map<String, Realm> realms = Map.of(
                    "default", realm("default", "X-Sessiongate-Revoke"), "other", realm("other", "X-Other-Revoke"));
            flow = new RequestFlow(
                    new RequestIds(),
                    new Router(routes),
                    new ForwardingFields(ours(), false, trustedProxies),
                    realms,
                    RateLimits.of(limits, routes, null, registry, sessions::nanoTime),
                    new RequestRecord(new RequestMeters(registry, routes), true, System::nanoTime, refusals),
                    System::nanoTime,
                    observes ? new Observation(observed, upstreams) : null,
                    tracing);
        }
        return flow;
    }

    private static Set<String> ours() {
        Set<String> ours = new HashSet<>(IDENTITY.headerNames());
        ours.add("X-Client-Cert-Subject");
        return ours;
    }

    private Realm realm(String name, String header) {
        TokenConfig token = new TokenConfig(
                List.of(new TokenConfig.Source.Header("Authorization"), new TokenConfig.Source.Cookie("session")),
                keys,
                null,
                List.of(),
                Duration.ofSeconds(5),
                new TokenConfig.Claims("sub", "sid", "roles"),
                16_384,
                1_000);
        // Threads are made when the first slow signature comes; HMAC needs none.
        CryptoPool crypto = new CryptoPool(1, 100, new CryptoMeters(registry));
        Revoker revoker = new Revoker(sessions.gate(), new RevocationBroadcast() {
            @Override
            public void sessionEnded(String sha256Hex) {
                broadcast.add("session " + sha256Hex);
            }

            @Override
            public void subjectEnded(String sha256Hex) {
                broadcast.add("subject " + sha256Hex);
            }
        });
        return new Realm(
                name,
                new TokenGate(token, crypto, sessions.clock(), System::nanoTime, new TokenMeters(registry), name),
                sessions.gate(),
                new IdentityWriter(
                        IDENTITY,
                        List.of("email"),
                        task -> false,
                        sessions.clock(),
                        System::nanoTime,
                        new IdentityMeters(registry, name)),
                revoker,
                new Signals(
                        new RevocationConfig(null, null, header),
                        token.from(),
                        sessions.clock(),
                        revoker,
                        new AnnouncementMeters(registry, name)),
                new SessionAnswers(
                        token.from(),
                        Duration.ofSeconds(60),
                        sessions::nanoTime,
                        new SessionAnswerMeters(registry, name)));
    }

    /** A token that is valid for an hour. */
    String token(String subject, String sessionId, String... roles) {
        return token(JwsSigner.hmac("HS256", SECRET), subject, sessionId, roles);
    }

    String token(JwsSigner signer, String subject, String sessionId, String... roles) {
        long now = sessions.clock().instant().getEpochSecond();
        return signer.sign(
                Map.of("sub", subject, "sid", sessionId, "roles", List.of(roles), "iat", now, "exp", now + 3_600));
    }

    /** Forwards the request and lets the application answer; what goes to the client is returned. */
    SimpleAnswer answered(SimpleHead head, String... answerFields) {
        Request request = request(head);
        if (!(decide(request) instanceof Decision.Forward)) {
            throw new AssertionError("was not forwarded");
        }
        SimpleAnswer answer = SimpleAnswer.ok(answerFields);
        flow().announced(request, answer);
        flow().responding(request, answer);
        return answer;
    }

    Request request(SimpleHead head) {
        try {
            Peer plain = new Peer(InetAddress.getByName(peer), null, entrance);
            Peer known = certificate == null ? plain : plain.withCertificate(certificate);
            return new Request(head, known, entrance.secure(), Protocol.HTTP_1_1, Runnable::run, System.nanoTime());
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    /** The decision, after all that had to be waited for. */
    Decision decide(SimpleHead head) {
        return decide(request(head));
    }

    Decision decide(Request request) {
        List<Decision> decisions = new ArrayList<>();
        flow().decide(request, decisions::add);
        if (decisions.isEmpty()) {
            sessions.settle();
        }
        if (decisions.size() != 1) {
            throw new AssertionError("decided " + decisions.size() + " times");
        }
        return decisions.get(0);
    }

    Answer refused(SimpleHead head) {
        if (decide(head) instanceof Decision.Reply reply) {
            return reply.answer();
        }
        throw new AssertionError("was forwarded");
    }

    Answer answer(SimpleHead head, Fault fault) {
        return flow().answer(request(head), fault);
    }

    static @Nullable String field(Answer answer, String name) {
        return answer.fields().stream()
                .filter(field -> field.getKey().equals(name))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }
}
