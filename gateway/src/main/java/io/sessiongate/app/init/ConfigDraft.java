package io.sessiongate.app.init;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a commented configuration for one kind of application from what was found in its database. How its sessions are looked
 * up is the {@link LookupDraft}'s; the rest follows from what was asked for. Owns the text while it is written; on the caller's
 * thread.
 */
public final class ConfigDraft {

    private final Wishes wishes;
    private final LookupDraft lookup;
    private final List<String> remarks = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();

    /**
     * What was asked for.
     *
     * @param upstream where the application listens, such as {@code http://127.0.0.1:3000}
     * @param https whether browsers come by https, by which Auth.js chooses the cookie's name
     * @param cookie name of the session cookie, or null for the usual one
     * @param table of the sessions, where several are likely; or null for the likeliest
     * @param databaseVariable environment variable that holds the database's URL
     */
    public record Wishes(
            App app,
            String upstream,
            boolean https,
            @Nullable String cookie,
            @Nullable String table,
            String databaseVariable) {}

    /**
     * The draft.
     *
     * @param variables environment variables that it needs
     * @param remarks what a person should know or do
     */
    public record Draft(String yaml, List<String> variables, List<String> remarks) {}

    private ConfigDraft(Wishes wishes, LookupDraft lookup) {
        this.wishes = wishes;
        this.lookup = lookup;
    }

    /** Writes it. */
    public static Draft of(Wishes wishes, Recognition recognition) {
        return new ConfigDraft(wishes, LookupDraft.of(wishes, recognition)).write();
    }

    private Draft write() {
        String secret = secretVariable();
        text.append("""
                # Sessiongate before %s.
                # Drafted by `sessiongate init`; what is marked CHANGE is a guess.
                # Every key, its default and its range: docs/configuration.md

                mode: observe                       # CHANGE to enforce once the log says that nothing wrong would be refused

                listeners:
                  - address: 0.0.0.0:8080           # where browsers come

                admin:
                  address: 127.0.0.1:9901           # metrics and health; keep it private

                realms:
                  default:
                    token:
                """.formatted(described()));
        token(secret);
        text.append(lookup.claims());
        text.append("""

                    session:
                      database: ${%s}
                """.formatted(wishes.databaseVariable()));
        text.append(lookup.yaml());
        remarks.addAll(lookup.remarks());
        text.append("""
                      check:
                        revalidate-after: 60s           # the longest that a revoked session lives on
                        serve-stale-for: 5m             # how long the last good check counts while the database is away
                      # revocations:                    # revoked within milliseconds, after `sessiongate install-revocations`
                      #   channel: sessiongate_revoked
                      #   listen-on: ${DIRECT_URL}      # only where the database's URL is PgBouncer's

                    identity:
                      headers:                          # what the application reads; a client's own are removed
                        subject: X-Auth-Subject
                        session: X-Auth-Session
                        roles: X-Auth-Roles
                %s
                upstreams:
                  app:
                    servers:
                      - %s

                """.formatted(assertion(), Scalars.text(wishes.upstream())));
        routes();
        List<String> variables = new ArrayList<>(List.of(wishes.databaseVariable()));
        if (!secret.isEmpty()) {
            variables.add(secret);
        }
        if (signs()) {
            variables.add("ASSERTION_SECRET");
        }
        return new Draft(text.toString(), List.copyOf(variables), List.copyOf(remarks));
    }

    /** With the module for Auth.js an application needs nothing else, so that there it is switched on. */
    private boolean signs() {
        return wishes.app() != App.JWT;
    }

    private String assertion() {
        if (!signs()) {
            return """
                  # assertion:                      # the same as a signed JWT
                  #   key: keys/assertion.pem       # openssl genpkey -algorithm ed25519 -out keys/assertion.pem
            """;
        }
        remarks.add(
                "ASSERTION_SECRET is a new secret that the gateway and the application share (openssl rand -base64 32):"
                        + " what the gateway says of a session is signed with it.");
        return """
                  assertion:                        # the same as a signed JWT, for clients/auth-js in the application
                    secret: "${ASSERTION_SECRET}"
            """;
    }

    private String described() {
        return switch (wishes.app()) {
            case AUTHJS4 -> "a NextAuth v4 application that keeps its logins in encrypted cookies";
            case AUTHJS5 -> "an Auth.js v5 application that keeps its logins in encrypted cookies";
            case JWT -> "an application that signs JWTs";
            case OPAQUE -> "an application whose session cookie is the id of a row";
        };
    }

    private String secretVariable() {
        return switch (wishes.app()) {
            case AUTHJS4 -> "NEXTAUTH_SECRET";
            case AUTHJS5 -> "AUTH_SECRET";
            case JWT -> "JWT_SECRET";
            case OPAQUE -> "";
        };
    }

    private String cookie() {
        if (wishes.cookie() != null) {
            return wishes.cookie();
        }
        String prefix = wishes.https() ? "__Secure-" : "";
        return switch (wishes.app()) {
            case AUTHJS4 -> prefix + "next-auth.session-token";
            case AUTHJS5, OPAQUE -> prefix + "authjs.session-token";
            case JWT -> "session";
        };
    }

    private void token(String secret) {
        App app = wishes.app();
        if (app == App.OPAQUE) {
            line("      kind: opaque                      # the cookie is the id of the session's row");
        }
        line("      from:");
        if (app == App.JWT) {
            line("        - header: Authorization         # Authorization: Bearer <token>");
        }
        String guess = wishes.cookie() == null && (app == App.JWT || app == App.OPAQUE) ? "   # CHANGE" : "";
        line("        - cookie: " + Scalars.text(cookie()) + guess);
        if (app.authJs() > 0) {
            line("      keys:");
            line("        - { auth-js: " + app.authJs() + ", secret: \"${" + secret + "}\" }");
        } else if (app == App.JWT) {
            line("      keys:");
            line("        - { algorithm: HS256, secret: \"${" + secret + "}\" }   # CHANGE if it signs otherwise");
        }
    }

    private void routes() {
        boolean authJs = wishes.app() != App.JWT;
        line("routes:                               # the most specific path wins; order does not matter");
        if (authJs) {
            line("  - { path: /api/auth/session, access: public, upstream: app, session-endpoint: cached }");
        }
        line("  - { path: /api/auth/**,      access: public, upstream: app }");
        line("  - { path: /_next/static/**,  access: public, upstream: app }");
        line("  - { path: /_next/image,      access: public, upstream: app }");
        line("  - { path: /favicon.ico,      access: public, upstream: app }");
        if (!authJs) {
            line("  - { path: /login,            access: public, upstream: app }   # CHANGE: the sign-in page");
        }
        line("  - { path: /api/**,           access: authenticated, upstream: app }");
        String signIn = authJs ? "/api/auth/signin" : "/login";
        line("  - { path: /**,               access: authenticated, upstream: app, sign-in: " + signIn + " }");
        remarks.add("Pages that visitors may see need a route with access: public each, as the sign-in page does.");
    }

    private void line(String line) {
        text.append(line).append('\n');
    }
}
