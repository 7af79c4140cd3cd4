package io.sessiongate.app;

import io.sessiongate.app.AdminServer.Page;
import io.sessiongate.app.Health.Readiness;
import io.sessiongate.config.AdminConfig;
import io.sessiongate.flow.Realm;
import io.sessiongate.flow.Revoker;
import io.sessiongate.identity.IdentityWriter;
import io.sessiongate.identity.Jwks;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;

/** What the admin port serves. */
final class AdminPages {

    private AdminPages() {}

    static Map<String, Supplier<Page>> of(Health health, Telemetry telemetry, Map<String, Realm> realms) {
        List<IdentityWriter> writers =
                realms.values().stream().map(Realm::identity).toList();
        Map<String, Supplier<Page>> pages = new LinkedHashMap<>();
        pages.put("/livez", () -> Page.text(200, "alive\n"));
        pages.put("/readyz", () -> readiness(health.readiness()));
        pages.put("/metrics", () -> new Page(200, "text/plain; version=0.0.4; charset=utf-8", telemetry.scrape()));
        pages.put("/.well-known/jwks.json", () -> new Page(200, "application/jwk-set+json", Jwks.json(writers)));
        return pages;
    }

    /** What can be done there. */
    static Map<String, AdminAction> actions(AdminConfig config, Map<String, Realm> realms, LongSupplier nanoTime) {
        Map<String, Revoker> revokers = new LinkedHashMap<>();
        realms.forEach((name, realm) -> revokers.put(name, realm.revoker()));
        return Map.of("/revocations", new RevocationsAction(config.secret(), revokers, nanoTime));
    }

    private static Page readiness(Readiness readiness) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("ready", readiness.ready());
        body.put("reasons", readiness.reasons());
        body.put("degraded", readiness.degraded());
        return new Page(readiness.ready() ? 200 : 503, "application/json", Json.MAPPER.writeValueAsString(body) + "\n");
    }

    /** Made when first asked for; a start does not wait for it. */
    private static final class Json {

        static final JsonMapper MAPPER = JsonMapper.builder().build();
    }
}
