package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.SessionConfig.Lookup;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RealmErrorsTest {

    @TempDir
    Path directory;

    private LoadedFile file;

    @BeforeEach
    void createFile() {
        file = new LoadedFile(directory);
    }

    private static String session(String entries) {
        return LoadedFile.REALM.replace("      table: sessions\n", "      " + entries + "\n") + LoadedFile.GUARDED;
    }

    private static String identity(String entries) {
        return LoadedFile.REALM + "    identity: " + entries + "\n" + LoadedFile.GUARDED;
    }

    private List<String> messages(String yaml) {
        return file.errors(yaml).stream()
                .map(line -> line.replaceFirst("^\\S+ realms\\.default\\.", ""))
                .toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, quoteCharacter = '^', textBlock = """
            sessions         | [sessions]
            auth.sessions    | [auth, sessions]
            '"Session"'      | [Session]
            auth."Session"   | [auth, Session]
            '"a.b"."c d"'    | [a.b, c d]
            '"a""b"'         | [a"b]
            Session          | [Session]
            """)
    void takesNamesOfTablesLiterally(String table, String parts) {
        var lookup =
                (Lookup.Table) file.realm(session("table: " + table)).session().lookup();

        assertThat(lookup.table()).hasToString(parts);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, quoteCharacter = '^', textBlock = """
            check: {}                           | session.table: missing; expected the table of sessions, such as sessions, or one of `query`, `version`, `denylist`
            table: a.b.c                        | session.table: `a.b.c`: more than two parts; expected table or schema.table
            table: a.                           | session.table: `a.`: not a name; expected one such as sessions or auth."Session"
            table: '"a'                         | session.table: `"a`: not a name; expected one such as sessions or auth."Session"
            table: a b                          | session.table: `a b`: not a name; expected one such as sessions or auth."Session"
            table: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | session.table: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`: longer than PostgreSQL's 63 bytes for a name
            query: SELECT 1                     | session.query: `SELECT 1`: has no $1, the array of session ids; expected … WHERE id = ANY($1)
            query: SELECT $1 $2                 | session.query: `SELECT $1 $2`: has more parameters than $1, the array of session ids
            query: SELECT $10                   | session.query: `SELECT $10`: has no $1, the array of session ids; expected … WHERE id = ANY($1)
            """)
    void checksTheLookup(String entries, String message) {
        assertThat(messages(session(entries))).containsExactly(message);
    }

    @Test
    void refusesATableAndAQuery() {
        assertThat(messages(session("table: a\n      query: SELECT id WHERE id = ANY($1)\n      columns: { id: a.b }")))
                .containsExactly(
                        "session.query: both a table and a query; expected one of them",
                        "session.columns.id: `a.b`: more than one part; expected a column's name without its table");
    }

    @Test
    void refusesColumnsOfAQuery() {
        assertThat(messages(session("query: SELECT id WHERE id = ANY($1)\n      columns: { id: a }")))
                .containsExactly("session.columns: a query names its own columns; remove this key");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, quoteCharacter = '^', textBlock = """
            version: { table: User }                               | session.version.column: missing; expected a column's name, such as sessionVersion
            version: { table: User, column: v }                    | session.version.claim: missing; expected the name of a claim, such as sub or realm_access.roles
            version: { table: U, column: v, claim: v }, table: s   | session.version: both a table and a version; expected one of them
            version: { table: U, column: v, claim: v }, users: { table: u } | session.users: the user's row is that of session.version, which may have `disabled`; remove this key
            version: { table: U, column: v, claim: v }, columns: { id: x } | session.columns.id: only with a table; session.version names its own columns
            version: { table: U, column: v, claim: v }, touch: { column: x } | session.touch: only with a table: there is no session to write to
            denylist: { table: d }, attributes: { email: email }   | session.attributes: only with a table; a list of revoked tokens says nothing of the others
            denylist: { table: d.e.f }                             | session.denylist.table: `d.e.f`: more than two parts; expected table or schema.table
            """)
    void checksLookupsWithoutATableOfSessions(String entries, String message) {
        String flow = LoadedFile.REALM
                .replace("    session:\n", "    session: {\n")
                .replace("/app\n      table: sessions\n", "/app, " + entries + " }\n");
        assertThat(messages(flow + LoadedFile.GUARDED)).contains(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, quoteCharacter = '^', textBlock = """
            kind: opaque, keys: [ { algorithm: HS256, secret: 0123456789abcdef0123456789abcdef } ] | table: s | token.keys: an opaque token says nothing that could be verified; remove this key
            kind: opaque, issuer: x                | table: s | token.issuer: an opaque token says nothing that could be verified; remove this key
            kind: opaque, claims: { roles: r }     | table: s | token.claims: an opaque token says nothing that could be verified; remove this key
            kind: opaque                           | table: s | session.columns.subject: missing; an opaque token does not say whose it is, expected a column such as userId
            kind: opaque                           | version: { table: U, column: v, claim: v } | session.version: an opaque token has no claims; expected the `table` of sessions, or a `query`
            kind: opaque                           | denylist: { table: d } | session.denylist: an opaque token has no claims; expected the `table` of sessions, or a `query`
            kind: opaque                           | table: s, close-at-expiry: true | session.close-at-expiry: an opaque token has no expiry: what is open ends with the session's row
            kind: opaque                           | table: s, unknown: { remember-for: 6m } | session.unknown.remember-for: `6m` is out of range; expected a duration from 1s to 5m, such as 500ms, 10s, 5m or 1h
            kind: opaque                           | table: s, columns: { subject: u }, renew: {} | session.renew: columns.expires is missing, which would be written
            kind: opaque                           | query: SELECT id WHERE id = ANY($1), renew: {} | session.renew: only with a table; with a query there is nothing to write to
            kind: opaque                           | table: s, columns: { subject: u, expires: e }, renew: { max-age: 1h, update-age: 1h } | session.renew.update-age: not shorter than max-age: every session would end before it is renewed
            kind: opaque                           | table: s, columns: { subject: u, expires: e }, renew: { max-age: 1h } | session.renew.update-age: not shorter than max-age: every session would end before it is renewed
            kind: opaque                           | table: s, columns: { subject: u, expires: e }, renew: { same-site: none } | session.renew.same-site: browsers take none only from https; expected `secure: true` beside it
            from: [ { cookie: s } ], keys: [ { algorithm: HS256, secret: 0123456789abcdef0123456789abcdef } ] | table: s, renew: {} | session.renew: only with opaque tokens: others are renewed by who signs them
            kind: paseto                           | table: s | token.kind: `paseto` does not fit here; expected jwt or opaque
            from: [ { cookie: session } ]          | table: s | token.keys: missing; expected a list such as [ { algorithm: HS256, secret: "${JWT_SECRET}" } ]
            kind: jwt                              | table: s | token.from: missing; expected a list such as [ { header: Authorization }, { cookie: session } ]
            from: [ { cookie: s } ], keys: [ { algorithm: HS256, secret: 0123456789abcdef0123456789abcdef } ] | table: s, unknown: { burst: 1 } | session.unknown: only with opaque tokens; no stranger can make one that has to be verified
            """)
    void checksWhatATokenIs(String token, String session, String message) {
        assertThat(messages(realm(token, session, "{}"))).contains(message);
    }

    private static String realm(String token, String session, String identity) {
        return "realms: { default: { token: { " + token
                + " }, session: { database: \"postgresql://app:pw@localhost:5432/app\", " + session + " }, identity: "
                + identity + " } }\n" + LoadedFile.GUARDED;
    }

    @Test
    void readsAnOpaqueToken() {
        RealmConfig realm = file.realm(
                realm("kind: opaque", "table: Session, columns: { id: sessionToken, subject: userId }", "{}"));
        assertThat(realm.token().kind()).isEqualTo(TokenConfig.Kind.OPAQUE);
        assertThat(realm.token().from())
                .extracting(place -> ((TokenConfig.Source.Cookie) place).name())
                .containsExactly(
                        "__Secure-authjs.session-token",
                        "authjs.session-token",
                        "__Secure-next-auth.session-token",
                        "next-auth.session-token");
        assertThat(realm.session().unknown())
                .isEqualTo(new UnknownConfig(java.time.Duration.ofSeconds(30), 100_000, 100, 10));
        assertThat(messages(realm(
                        "kind: opaque", "query: SELECT id WHERE id = ANY($1)", "{ claims: { X-Auth-Name: name } }")))
                .containsExactly("identity.claims: an opaque token has no claims; expected identity.attributes");
    }

    @Test
    void readsTheClaimThatMakesASessionFromItsLookup() {
        RealmConfig version = file.realm(session("version: { table: User, column: v, claim: user.v }"));
        assertThat(version.token().claims().version()).isEqualTo("user.v");
        assertThat(version.session().lookup())
                .isEqualTo(new Lookup.Version(List.of("User"), "id", "v", "user.v", null, null, Map.of()));
        RealmConfig denylist = file.realm(session("denylist: { table: d }"));
        assertThat(denylist.token().claims().session()).isEqualTo("jti");
        assertThat(denylist.session().lookup()).isEqualTo(new Lookup.Denylist(List.of("d"), "jti", "jti"));
        assertThat(messages(session("denylist: { table: d }")
                        .replace("    session:", "      claims: { session: sid }\n    session:")))
                .containsExactly(
                        "token.claims.session: session.denylist.claim makes the session's id; remove this key");
    }

    @Test
    void readsAQueryWithoutItsSemicolon() {
        assertThat(file.realm(session("query: SELECT id FROM s WHERE id = ANY($1);"))
                        .session()
                        .lookup())
                .isEqualTo(new Lookup.Query("SELECT id FROM s WHERE id = ANY($1)"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, textBlock = """
            refresh-ahead: 60s                                   | refresh-ahead: `60s` is too long; expected shorter than revalidate-after, its default of 1m
            revalidate-after: 10s                                | refresh-ahead: the default of 10s is too long; expected shorter than revalidate-after, `10s`
            revalidate-after: 20s, revalidate-expiring-after: 21s | revalidate-expiring-after: `21s` is too long; expected at most revalidate-after, `20s`
            revalidate-after: 0s                                 | revalidate-after: `0s` is out of range; expected a duration from 100ms to 1h, such as 500ms, 10s, 5m or 1h
            serve-stale-for: 25h                                 | serve-stale-for: `25h` is out of range; expected a duration from 0s to 24h, such as 500ms, 10s, 5m or 1h
            """)
    void checksThatIntervalsFitTogether(String check, String message) {
        assertThat(messages(session("table: s\n      check: { " + check + " }")))
                .containsExactly("session.check." + message);
    }

    @Test
    void explainsABadDatabaseUrlWithoutShowingIt() {
        assertThat(messages(session("table: s").replace("postgresql://app:pw@localhost:5432/app", "mysql://a:b@c/d")))
                .containsExactly("session.database: this value: not a PostgreSQL URL; expected"
                        + " postgresql://user:password@host:5432/database");
    }

    @Test
    void passesTheWarningsOfADatabaseUrlOn() {
        assertThat(file.warnings(session("table: s").replace("5432/app", "5432/app?socket_timeout=1")))
                .containsExactly(
                        "sessiongate.yaml:7:17 realms.default.session.database: socket_timeout has no effect here:"
                                + " session.query-timeout ends a query");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host",
                "Connection",
                "transfer_encoding",
                "Content.Length",
                "Cookie",
                "Authorization",
                "X-Forwarded-For",
                "X-Forwarded-User",
                "Forwarded",
                "Via",
                "TE",
                "Upgrade",
                "Keep-Alive",
                "Proxy-Authorization",
                "Expect",
                "Set-Cookie",
                "X-Request-Id",
                "Trailer",
                "Sec-Fetch-Site",
                "X-Real-IP",
                "x-middleware-subrequest"
            })
    void refusesHeadersThatMeanSomethingElse(String name) {
        assertThat(messages(identity("{ headers: { subject: " + name + " } }")))
                .containsExactly(
                        "identity.headers.subject: `" + name + "`: this header has a meaning of its own in HTTP;"
                                + " expected one of yours, such as X-Auth-Subject");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, textBlock = """
            { headers: { subject: 'X Auth' } }       | identity.headers.subject: `X Auth` does not fit here; expected a header name such as X-Auth-Subject, or none
            { headers: { subject: x_auth.roles } }   | identity.headers.roles: the default: the same header as realms.default.identity.headers.subject (letter case, `_`, `.` and `-` make no difference); expected another name
            { claims: { X-Email: email, x_email: mail } } | identity.claims.x_email: the same header as realms.default.identity.claims.X-Email (letter case, `_`, `.` and `-` make no difference); expected another name
            { claims: { Host: email } }              | identity.claims.Host: this header has a meaning of its own in HTTP; expected one of yours, such as X-Auth-Subject
            { claims: { 'X Email': email } }         | identity.claims.?: not a header name; expected one such as X-Auth-Email, at most 64 characters
            { claims: { X-Email: a..b } }            | identity.claims.X-Email: `a..b` does not fit here; expected the name of a claim, such as sub or realm_access.roles
            """)
    void checksHeaders(String identity, String message) {
        assertThat(messages(identity(identity))).containsExactly(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{ headers: { subject: \"X-A\\n\" } }",
                "{ headers: { subject: \"X-A\\r\\nB\" } }",
                "{ claims: { \"X-A\\n\": a } }",
                "{ assertion: { secret: '${JWT_SECRET}', header: \"X-A\\n\" } }",
            })
    void refusesALineBreakInAHeaderName(String identity) {
        assertThat(messages(identity(identity))).hasSize(1);
    }

    @Test
    void leavesHeadersOut() {
        var identity = file.realm(
                        identity("{ headers: { subject: none, session: null, roles: X-R }, claims: { X-E: a.b } }"))
                .identity();

        assertThat(identity).isEqualTo(new IdentityConfig(null, null, "X-R", Map.of("X-E", "a.b"), null));
    }

    @Test
    void refusesANameThatIsNone() {
        assertThat(file.errors(LoadedFile.REALM.replace("  default:", "  'my realm':") + LoadedFile.GUARDED))
                .contains(
                        "sessiongate.yaml:2:3 realms.?: not a valid name; expected letters, digits, `-` and `_`, beginning"
                                + " with a letter, at most 64 characters");
    }

    @Test
    void refusesToSearchTheWholeCookieHeader() {
        assertThat(messages(LoadedFile.REALM.replace("header: Authorization", "header: cookie") + LoadedFile.GUARDED))
                .containsExactly("token.from[0].header: not searched as a whole; expected { cookie: name }");
    }

    @Test
    void refusesAPlaceThatIsTwo() {
        assertThat(messages(
                        LoadedFile.REALM.replace("header: Authorization", "header: A, cookie: b") + LoadedFile.GUARDED))
                .containsExactly("token.from[0]: 2 keys; expected either { header: name } or { cookie: name }");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, quoteCharacter = '^', textBlock = """
            attributes: { email: users.email }                        | session.attributes.email: `users.email`: there is no table of users; expected a column of the session, or `users` beside the table
            attributes: { email: a.b }                                | session.attributes.email: `a.b`: more than one part; expected a column's name without its table
            columns: { roles: users.role }                            | session.columns.roles: `users.role`: there is no table of users; expected a column of the session, or `users` beside the table
            users: { table: users }                                   | session.users: joined by columns.subject, which is missing
            columns: { subject: s }, users: { id: id }                | session.users.table: missing
            max-lag: 31s, replicas: [ "postgresql://a@b/c" ]          | session.max-lag: `31s` is too long; expected at most half of check.revalidate-after
            check: { revalidate-after: 8s, refresh-ahead: 1s, revalidate-expiring-after: 1s }, replicas: [ "postgresql://a@b/c" ] | session.max-lag: the default of 5s is too long; expected at most half of check.revalidate-after
            revocations: { listen-on: "postgresql://a@b/c" }          | session.revocations.listen-on: without a channel nobody listens; expected `channel` beside it
            revocations: { header: Set-Cookie }                       | session.revocations.header: `Set-Cookie`: this header has a meaning of its own in HTTP; expected one of yours, such as X-Auth-Subject
            check: { revalidate-after-while-listening: 5m }           | session.check.revalidate-after-while-listening: nobody listens; expected revocations.channel
            check: { revalidate-after-while-listening: 30s }, revocations: { channel: c } | session.check.revalidate-after-while-listening: `30s` is too short; expected 0s or at least revalidate-after
            touch: { every: 5s }                                      | session.touch.column: missing
            """)
    void checksWhatGoesBeyondALookup(String entries, String message) {
        assertThat(messages(session("table: s\n      " + keys(entries))))
                .anySatisfy(line -> assertThat(line).startsWith(message));
    }

    /** Flow style keys as lines of a block. */
    private static String keys(String entries) {
        return entries.replaceAll(", (?=(users|replicas|revocations): )", "\n      ");
    }

    @Test
    void refusesWhatOnlyATableHasBesideAQuery() {
        assertThat(messages(session(
                        "query: SELECT id WHERE id = ANY($1)\n      users: { table: u }\n      touch: { column: c }")))
                .containsExactly(
                        "session.users: only with a table; with a query join it there",
                        "session.touch: only with a table; with a query there is nothing to write to");
    }

    @Test
    void takesTheRevocationHeaderAway() {
        assertThat(file.realm(session("table: s\n      revocations: { header: none }"))
                        .session()
                        .revocations()
                        .header())
                .isNull();
    }

    private static String beside(String attributes, String identity) {
        return session("table: s\n      attributes: " + attributes)
                .replace(LoadedFile.GUARDED, "    identity: " + identity + "\n" + LoadedFile.GUARDED);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, quoteCharacter = '^', textBlock = """
            {}            | { attributes: { X-Auth-Email: email } } | identity.attributes.X-Auth-Email: `email`: no such session attribute; expected one that session.attributes defines, which defines none
            { plan: p }   | { attributes: { X-Auth-Email: email } } | identity.attributes.X-Auth-Email: `email`: no such session attribute; expected one of plan
            { plan: p }   | { attributes: { X_Auth.Subject: plan } } | identity.attributes.X_Auth.Subject: the same header as realms.default.identity.headers.subject (letter case, `_`, `.` and `-` make no difference); expected another name
            { plan: p }   | { attributes: { Host: plan } }          | identity.attributes.Host: this header has a meaning of its own in HTTP; expected one of yours, such as X-Auth-Subject
            { roles: p }  | { assertion: { secret: "${JWT_SECRET}", attributes: [ roles ] } } | identity.assertion.attributes[0]: `roles`: the assertion has a claim of this name; expected another name for the attribute
            { plan: p }   | { assertion: { secret: "${JWT_SECRET}", attributes: [ email ] } } | identity.assertion.attributes[0]: `email`: no such session attribute; expected one of plan
            """)
    void checksWhatBecomesOfAttributes(String attributes, String identity, String message) {
        assertThat(messages(beside(attributes, identity))).containsExactly(message);
    }

    @Test
    void readsAttributesInTheirOrder() {
        var realm = file.realm(beside(
                "{ plan: plan, email: users.email }\n      users: { table: u }\n      columns: { subject: user_id }",
                "{ attributes: { X-Auth-Email: email } }"));

        assertThat(realm.session().lookup().attributes())
                .containsExactly(
                        Map.entry("plan", new AttributeColumn("plan", false)),
                        Map.entry("email", new AttributeColumn("email", true)));
        assertThat(realm.identity().headerNames()).contains("X-Auth-Email");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, quoteCharacter = '^', textBlock = """
            short                    | admin.secret: only 5 bytes; expected at least 16
            "0123456789 abcdef"      | admin.secret: has spaces, or characters that are not ASCII; expected what a header can carry, such as 32 hexadecimal digits
            "0123456789abcdéf"       | admin.secret: has spaces, or characters that are not ASCII; expected what a header can carry, such as 32 hexadecimal digits
            """)
    void checksTheAdminSecret(String secret, String message) {
        assertThat(file.errors(LoadedFile.with("admin: { secret: " + secret + " }")).stream()
                        .map(line -> line.replaceFirst("^\\S+ ", "")))
                .containsExactly(message);
    }
}
