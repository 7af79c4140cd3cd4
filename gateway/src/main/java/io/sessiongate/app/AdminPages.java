package io.sessiongate.app;

import io.sessiongate.app.AdminServer.Page;
import io.sessiongate.app.Health.Readiness;
import io.sessiongate.app.status.StatusPage;
import io.sessiongate.app.status.StatusReport;
import io.sessiongate.flow.Realm;
import io.sessiongate.flow.Revoker;
import io.sessiongate.identity.IdentityWriter;
import io.sessiongate.identity.Jwks;
import java.io.StringWriter;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** What the admin port serves. */
final class AdminPages {

    private AdminPages() {}

    static Map<String, Supplier<Page>> of(Health health, Telemetry telemetry, Supplier<List<IdentityWriter>> writers) {
        Map<String, Supplier<Page>> pages = new LinkedHashMap<>();
        pages.put("/livez", () -> Page.text(200, "alive\n"));
        pages.put("/readyz", () -> readiness(health.readiness()));
        pages.put("/metrics", () -> new Page(200, "text/plain; version=0.0.4; charset=utf-8", telemetry.scrape()));
        pages.put("/.well-known/jwks.json", () -> new Page(200, "application/jwk-set+json", Jwks.json(writers.get())));
        return pages;
    }

    /**
     * What people open there.
     *
     * @param hosts names by which they may, as configured now
     */
    static BrowserPages forBrowsers(Supplier<Set<String>> hosts, StatusReport status) {
        var page = new Object() {
            private @Nullable StatusPage read;

            /** Read when it is first opened, as most starts are of a gateway that nobody looks at. */
            Page get() {
                @Nullable StatusPage known = read;
                if (known == null) {
                    known = StatusPage.read();
                    read = known;
                }
                return new Page(200, "text/html; charset=utf-8", known.html(), known.fields());
            }
        };
        Map<String, Supplier<Page>> pages = new LinkedHashMap<>();
        pages.put("/", page::get);
        pages.put("/status", page::get);
        pages.put("/status.json", () -> json(status.json()));
        pages.put("/configuration.json", () -> json(status.configuration()));
        return new BrowserPages(pages, hosts);
    }

    private static Page json(String body) {
        return new Page(200, "application/json", body, Map.of("Cross-Origin-Resource-Policy", "same-origin"));
    }

    /** What can be done there. */
    static Map<String, AdminAction> actions(
            AdminSecret secret, Supplier<Map<String, Realm>> realms, @Nullable Reloads reloads) {
        return Map.of(
                "/revocations",
                new RevocationsAction(secret, () -> revokers(realms.get())),
                "/reload",
                new ReloadAction(secret, reloads));
    }

    private static Map<String, Revoker> revokers(Map<String, Realm> realms) {
        Map<String, Revoker> revokers = new LinkedHashMap<>();
        realms.forEach((name, realm) -> revokers.put(name, realm.revoker()));
        return revokers;
    }

    private static Page readiness(Readiness readiness) {
        StringWriter body = new StringWriter();
        // As it comes, since the library's mapping of objects is five hundred classes, for a page that is asked for
        // early.
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), body)) {
            json.writeStartObject();
            json.writeBooleanProperty("ready", readiness.ready());
            texts(json, "reasons", readiness.reasons());
            texts(json, "degraded", readiness.degraded());
            json.writeEndObject();
        }
        return new Page(readiness.ready() ? 200 : 503, "application/json", body + "\n");
    }

    private static void texts(JsonGenerator json, String name, Collection<String> texts) {
        json.writeArrayPropertyStart(name);
        texts.forEach(json::writeString);
        json.writeEndArray();
    }
}
