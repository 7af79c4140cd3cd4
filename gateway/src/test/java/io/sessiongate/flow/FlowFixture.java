package io.sessiongate.flow;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.Access;
import io.sessiongate.config.CidrBlock;
import io.sessiongate.config.IdentityConfig;
import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.config.SecretBytes;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.http.Fault;
import io.sessiongate.identity.IdentityWriter;
import io.sessiongate.metrics.CryptoMeters;
import io.sessiongate.metrics.IdentityMeters;
import io.sessiongate.metrics.RequestMeters;
import io.sessiongate.metrics.TokenMeters;
import io.sessiongate.route.Router;
import io.sessiongate.session.InMemorySessions;
import io.sessiongate.testing.SimpleHead;
import io.sessiongate.token.CryptoPool;
import io.sessiongate.token.JwsSigner;
import io.sessiongate.token.TokenGate;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The whole flow over sessions in memory: what is judged is what the application would be told. */
final class FlowFixture {

    private static final byte[] SECRET = "a secret of thirty-two bytes or more".getBytes(StandardCharsets.UTF_8);

    final MeterRegistry registry = new SimpleMeterRegistry();
    final InMemorySessions sessions = new InMemorySessions();
    final List<RouteConfig> routes = new ArrayList<>();
    List<CidrBlock> trustedProxies = List.of();
    String peer = "203.0.113.7";
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
            IdentityConfig identity =
                    new IdentityConfig("X-Auth-Subject", "X-Auth-Session", "X-Auth-Roles", Map.of(), null);
            TokenConfig token = new TokenConfig(
                    List.of(new TokenConfig.Source.Header("Authorization"), new TokenConfig.Source.Cookie("session")),
                    List.of(new KeyConfig(Set.of("HS256"), null, new SecretBytes(SECRET), null, "test:1:1")),
                    null,
                    List.of(),
                    Duration.ofSeconds(5),
                    new TokenConfig.Claims("sub", "sid", "roles"),
                    16_384,
                    1_000);
            // Threads are made when the first slow signature comes; HMAC needs none.
            CryptoPool crypto = new CryptoPool(1, 1, new CryptoMeters(registry));
            Realm realm = new Realm(
                    "default",
                    new TokenGate(
                            token, crypto, sessions.clock(), System::nanoTime, new TokenMeters(registry), "default"),
                    sessions.gate(),
                    new IdentityWriter(
                            identity,
                            1_000,
                            task -> false,
                            sessions.clock(),
                            System::nanoTime,
                            new IdentityMeters(registry, "default")));
            flow = new RequestFlow(
                    new RequestIds(),
                    new Router(routes),
                    new ForwardingFields(identity.headerNames(), false, trustedProxies),
                    Map.of("default", realm),
                    new RequestRecord(new RequestMeters(registry, routes), true, System::nanoTime),
                    System::nanoTime);
        }
        return flow;
    }

    /** A token that is valid for an hour. */
    String token(String subject, String sessionId, String... roles) {
        long now = sessions.clock().instant().getEpochSecond();
        return JwsSigner.hmac("HS256", SECRET)
                .sign(Map.of(
                        "sub", subject, "sid", sessionId, "roles", List.of(roles), "iat", now, "exp", now + 3_600));
    }

    Request request(SimpleHead head) {
        try {
            return new Request(head, InetAddress.getByName(peer), false, false, Runnable::run, System.nanoTime());
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
