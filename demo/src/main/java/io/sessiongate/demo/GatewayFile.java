package io.sessiongate.demo;

import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * The gateway's configuration file for the dashboard application, as its owner would write it: the secret and the
 * database's URL stand in it as {@code ${JWT_SECRET}} and {@code ${DATABASE_URL}}.
 *
 * @param listen where clients connect; port 0 takes a free one
 * @param admin where metrics are served
 * @param application where the dashboard listens
 * @param revalidateAfter how long a good check of a session holds
 * @param sessionQueryDelay what each session query sleeps on the server, to play a slow database; zero is none
 */
public record GatewayFile(
        InetSocketAddress listen,
        InetSocketAddress admin,
        InetSocketAddress application,
        Duration revalidateAfter,
        Duration sessionQueryDelay) {

    /** Name under which the file expects the secret of the tokens. */
    public static final String SECRET = "JWT_SECRET";
    /** Name under which the file expects the database's URL. */
    public static final String DATABASE_URL = "DATABASE_URL";

    private static final String TABLE = """
            table: sessions
                  columns: { id: id, subject: user_id, expires: expires_at, revoked: revoked_at }""";

    /** A statement of one's own sleeps once a query, however many sessions it asks about, as a slow database would. */
    private static final String SLOW_QUERY = """
            query: >-
                    WITH slow AS MATERIALIZED (SELECT pg_sleep(%s))
                    SELECT s.id, s.user_id AS subject, s.expires_at AS expires, s.revoked_at AS revoked
                    FROM slow, sessions s WHERE s.id = ANY($1)""";

    /** The file's text. */
    public String yaml() {
        String lookup =
                sessionQueryDelay.isZero() ? TABLE : SLOW_QUERY.formatted(sessionQueryDelay.toMillis() / 1000.0);
        return """
                # The gateway in front of the dashboard, as `sessiongate demo` runs it. The demonstration makes
                # JWT_SECRET and DATABASE_URL anew at each start; with an application of yours they come from the
                # environment.
                listeners:
                  - address: %s
                admin: { address: %s }
                # The default is 30s; open pages hold event streams, and Ctrl-C should not wait for them.
                drain: 1s

                realms:
                  default:
                    token:
                      from: [ { header: Authorization }, { cookie: %s } ]
                      keys:
                        - { algorithm: HS256, secret: "${%s}" }
                      issuer: %s
                      claims: { subject: sub, session: sid, roles: role }
                    session:
                      database: "${%s}"
                      %s
                      check:
                        # The longest a revoked session lives on should a push be lost; 60s unless said otherwise.
                        revalidate-after: %s
                        revalidate-expiring-after: %s
                        refresh-ahead: %s
                      # Triggers on the table tell of each session that ends; see `sessiongate install-revocations`.
                      revocations: { channel: %s }
                    identity:
                      headers: { subject: X-Auth-Subject, session: X-Auth-Session, roles: X-Auth-Roles }

                upstreams:
                  dashboard:
                    servers: [ "http://%s" ]

                routes:
                  - { path: /login,        access: public, upstream: dashboard }
                  - { path: /logout,       access: public, upstream: dashboard }
                  - { path: /session-end,  access: public, upstream: dashboard }
                  - { path: /assets/**,    access: public, upstream: dashboard }
                  - { path: /healthz,      access: public, upstream: dashboard }
                  - { path: /api/admin/**, access: { roles: [admin] }, upstream: dashboard }
                  - { path: /api/**,       access: authenticated, upstream: dashboard }
                  - { path: /**,           access: authenticated, upstream: dashboard, sign-in: /login }

                log: { access: false }
                """.formatted(
                        text(listen),
                        text(admin),
                        WebExchange.SESSION_COOKIE,
                        SECRET,
                        SessionTokens.ISSUER,
                        DATABASE_URL,
                        lookup,
                        text(revalidateAfter),
                        text(revalidateAfter.dividedBy(2)),
                        text(revalidateAfter.dividedBy(5)),
                        DemoData.CHANNEL,
                        text(application));
    }

    private static String text(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    private static String text(Duration duration) {
        long millis = duration.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }
}
