package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteErrorsTest {

    private static final String REST = LoadedFile.REALM + """
            listeners: [ { address: 127.0.0.1:8080 } ]
            upstreams: { app: { servers: [ http://127.0.0.1:3000 ] } }
            """;

    @TempDir
    Path directory;

    private LoadedFile file;

    @BeforeEach
    void createFile() {
        file = new LoadedFile(directory);
    }

    private static String routes(String... routes) {
        return "routes:\n" + "  - {upstream: app, " + String.join("}\n  - {upstream: app, ", routes) + "}\n" + REST;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, textBlock = """
            path: login             | `login`: expected a path that begins with /
            path: '**'              | `**`: expected a path that begins with /
            path: /a/*              | `/a/*`: `*` may stand only in a final /**; expected /login or /api/**
            path: /a**              | `/a**`: `*` may stand only in a final /**; expected /login or /api/**
            path: /**/b             | `/**/b`: `*` may stand only in a final /**; expected /login or /api/**
            path: /a//b             | `/a//b`: has an empty segment (//); requests are matched without
            path: //**              | `//**`: has an empty segment (//); requests are matched without
            path: /a/../b           | `/a/../b`: has a dot segment; requests are matched without
            path: /a/./**           | `/a/./**`: has a dot segment; requests are matched without
            path: /a/..             | `/a/..`: has a dot segment; requests are matched without
            path: /a%2fb            | `/a%2fb`: has a character that no matched path has; expected letters, digits and . _ ~ ! $ & ' ( ) + , = : @ - between slashes
            path: /a;b              | `/a;b`: has a character that no matched path has; expected letters, digits and . _ ~ ! $ & ' ( ) + , = : @ - between slashes
            path: '/a?b'            | `/a?b`: has a character that no matched path has; expected letters, digits and . _ ~ ! $ & ' ( ) + , = : @ - between slashes
            path: '/a#b'            | `/a#b`: has a character that no matched path has; expected letters, digits and . _ ~ ! $ & ' ( ) + , = : @ - between slashes
            path: '/a\\b'           | `/a\\b`: has a character that no matched path has; expected letters, digits and . _ ~ ! $ & ' ( ) + , = : @ - between slashes
            path: '/a b'            | `/a b`: has a character that no matched path has; expected letters, digits and . _ ~ ! $ & ' ( ) + , = : @ - between slashes
            """)
    void refusesAPathThatNothingMatches(String path, String problem) {
        // A mapping in flow style, so that the quotes around some paths are YAML's.
        String quoted = path.replaceFirst("path: '?(.*?)'?$", "path: '$1'");

        assertThat(file.errors(routes(quoted + ", access: public")))
                .containsExactly("sessiongate.yaml:2:27 routes[0].path: " + problem);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/**", "/a", "/a/", "/a/**", "/.well-known/x", "/a.b/c-d_e~f", "/...", "/@a/b:c"})
    void acceptsAPath(String path) {
        assertThat(file.loaded(routes("path: '" + path + "', access: authenticated"))
                        .routes())
                .extracting(RouteConfig::path)
                .containsExactly(path);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, textBlock = """
            access: everyone                        | 2:40 routes[0].access: `everyone` does not fit here; expected public, authenticated or { roles: [admin] }
            access: { roles: [] }                   | 2:49 routes[0].access.roles: empty; expected a list of roles such as [admin]
            access: { roles: admin }                | 2:49 routes[0].access.roles: `admin` does not fit here; expected a list of roles such as [admin]
            access: authenticated, realm: other     | 2:62 routes[0].realm: `other` is not among the realms; expected one of default
            access: authenticated, methods: [get]   | 2:65 routes[0].methods[0]: `get` does not fit here; expected a method in capitals, such as GET
            access: authenticated, methods: [GET, GET] | 2:64 routes[0].methods: an entry stands here twice; give each once
            access: authenticated, host: 'a:80'     | 2:61 routes[0].host: `a:80` does not fit here; expected a host name without port, such as app.example.com or "*.example.com"
            access: authenticated, host: 'a.*'      | 2:61 routes[0].host: `a.*` does not fit here; expected a host name without port, such as app.example.com or "*.example.com"
            access: authenticated, stale: 10m       | 2:62 routes[0].stale: `10m` is longer than the realm's serve-stale-for, which it can only shorten
            access: authenticated, stale: always    | 2:62 routes[0].stale: `always` does not fit here; expected never or a duration from 0s to 24h, such as 500ms, 10s, 5m or 1h
            access: public, sign-in: /login         | 2:57 routes[0].sign-in: has no meaning on a public route, which asks nobody to sign in; remove it
            access: public, stale: never            | 2:55 routes[0].stale: has no meaning on a public route, which asks nobody to sign in; remove it
            access: authenticated, sign-in: //evil  | 2:64 routes[0].sign-in: `//evil`: expected a path such as /login, with one slash at its beginning and without spaces, backslashes and #
            access: authenticated, sign-in: '/\\evil' | 2:64 routes[0].sign-in: `/\\evil`: expected a path such as /login, with one slash at its beginning and without spaces, backslashes and #
            access: authenticated, sign-in: login   | 2:64 routes[0].sign-in: `login`: expected a path such as /login or an absolute http(s) URL
            access: authenticated, sign-in: 'javascript:alert(1)' | 2:64 routes[0].sign-in: `javascript:alert(1)`: expected a path such as /login or an absolute http(s) URL
            access: authenticated, sign-in: /login  | 2:64 routes[0].sign-in: a browser sent to `/login` would be asked to sign in there as well; expected a path with a public route
            """)
    void checksTheRestOfARoute(String route, String problem) {
        assertThat(file.errors(routes("path: /**, " + route)))
                .containsExactly(
                        "sessiongate.yaml:" + problem.replace("`/\\evil`", "`/\\\\evil`".replace("\\\\", "\\")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "path: /**, access: authenticated, host: \"a\\n\"",
                "path: /**, access: authenticated, methods: [ \"GET\\n\" ]",
                "path: /**, access: \"authenticated\\n\"",
                "path: \"/**\\n\", access: authenticated",
                "path: \"/a\\n\", access: authenticated",
                "path: /**, access: authenticated, stale: \"1s\\n\"",
                "path: /**, access: authenticated, sign-in: \"/login\\n\"",
                "path: /**, access: authenticated, sign-in: \"https://l.example/\\n\"",
                "path: /**, access: authenticated, sign-in: \"/login?a=é\"",
            })
    void refusesALineBreakAtTheEndOfAValue(String route) {
        assertThat(file.errors(routes(route))).hasSize(1);
    }

    @Test
    void suggestsTheUpstreamThatWasMeant() {
        assertThat(file.errors("routes: [ { path: /**, access: public, upstream: apq } ]\n" + REST))
                .containsExactly(
                        "sessiongate.yaml:1:50 routes[0].upstream: `apq` is not among the upstreams; did you mean"
                                + " `app`?");
    }

    @Test
    void needsARealmForARouteThatIsNotPublic() {
        assertThat(file.errorsOf("routes: [ { path: /**, access: authenticated, upstream: dashboard } ]"))
                .containsExactly(
                        "sessiongate.yaml:1:11 routes[0].realm: `default`, the default, is not among the realms;"
                                + " there is none yet");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "path: /a|path: /a",
                "path: /a|path: /A",
                "path: /a|path: /a/",
                "path: /a/**|path: /A/**",
                "path: /**|path: /**",
                "path: /a, methods: [GET]|path: /a",
                "path: /a, methods: [GET, POST]|path: /a, methods: [POST]",
                "path: /a, host: a.example|path: /a, host: A.example",
            })
    void refusesTwoRoutesThatNoRequestTellsApart(String first, String second) {
        assertThat(file.errors(routes(first + ", access: public", second + ", access: authenticated")))
                .singleElement()
                .asString()
                .startsWith("sessiongate.yaml:3:27 routes[1].path: ")
                .endsWith(
                        "is the path of routes[0] too (letter case and a trailing slash make no difference), with the same"
                                + " host and methods; expected one route for it");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "path: /a|path: /a/**",
                "path: /a, methods: [GET]|path: /a, methods: [POST]",
                "path: /a, host: a.example|path: /a",
                "path: /a|path: /b",
            })
    void acceptsRoutesThatDiffer(String first, String second) {
        assertThat(file.problems(routes(first + ", access: public", second + ", access: authenticated")))
                .isEmpty();
    }

    @Test
    void acceptsASignInPageWithAPublicRoute() {
        assertThat(file.problems(routes(
                        "path: /**, access: authenticated, sign-in: '/auth/login?from=gateway'",
                        "path: /auth/**, access: public")))
                .isEmpty();
    }

    @Test
    void acceptsASignInPageElsewhere() {
        assertThat(file.problems(
                        routes("path: /**, access: authenticated, sign-in: 'https://login.example.com/?app=1'")))
                .isEmpty();
    }

    @Test
    void refusesASignInPageThatAMoreSpecificRouteGuards() {
        assertThat(file.errors(routes(
                        "path: /auth/**, access: public",
                        "path: /auth/login, access: authenticated, sign-in: /auth/login")))
                .containsExactly(
                        "sessiongate.yaml:3:72 routes[1].sign-in: a browser sent to `/auth/login` would be asked to"
                                + " sign in by routes[1] as well; expected a path with a public route");
    }

    @Test
    void refusesASignInPageThatIsPublicOnlyForOtherMethods() {
        assertThat(file.errors(routes(
                        "path: /**, access: authenticated, sign-in: /login",
                        "path: /login, access: public, methods: [POST]")))
                .singleElement()
                .asString()
                .contains("routes[0].sign-in");
    }

    @Test
    void warnsWhereTheHostDecidesWhetherASignInPageIsPublic() {
        assertThat(file.warnings(routes(
                        "path: /**, access: authenticated, sign-in: /login",
                        "path: /login, access: public, host: a.example")))
                .containsExactly(
                        "sessiongate.yaml:2:64 routes[0].sign-in: whether this page has a public route depends on the"
                                + " host; a browser may be sent round in a circle");
    }

    @Test
    void warnsThatPublicNextPathsOpenPageData() {
        assertThat(file.warnings(routes("path: /_next/**, access: public", "path: /**, access: authenticated")))
                .containsExactly(
                        "sessiongate.yaml:2:27 routes[0].path: also opens /_next/data/**, the data of every page;"
                                + " better open only /_next/static/** and /_next/image");
    }

    @Test
    void doesNotWarnWherePageDataHasItsOwnRoute() {
        assertThat(file.warnings(
                        routes("path: /_next/**, access: public", "path: /_next/data/**, access: authenticated")))
                .isEmpty();
    }

    @Test
    void warnsOfWhatHasNoEffect() {
        assertThat(file.warnings("""
                upstreams: { app: { servers: [ "http://a" ] }, spare: { servers: [ "http://b" ] } }
                routes: [ { path: /**, access: public, upstream: app, realm: default, preflight: true } ]
                listeners: [ { address: ":8080" } ]
                """ + LoadedFile.REALM))
                .containsExactly(
                        "sessiongate.yaml:1:48 upstreams.spare: no route uses it",
                        "sessiongate.yaml:2:62 routes[0].realm: has no effect on a public route, which looks at no token",
                        "sessiongate.yaml:2:82 routes[0].preflight: has no effect on a public route, which looks at no token",
                        "sessiongate.yaml:5:3 realms.default: no route uses it");
    }

    @Test
    void aSessionEndpointIsOnePathOfARealm() {
        assertThat(file.errors(routes(
                        "path: /api/auth/**, access: public, session-endpoint: cached",
                        "path: /s, access: public, session-endpoint: always",
                        "path: /t, access: public, realm: none, session-endpoint: cached",
                        "path: /u, access: public, sign-in: /t, session-endpoint: cached")))
                .containsExactlyInAnyOrder(
                        "sessiongate.yaml:2:75 routes[0].session-endpoint: is for one path such as /api/auth/session, not for a tree",
                        "sessiongate.yaml:3:65 routes[1].session-endpoint: `always` does not fit here; expected cached",
                        "sessiongate.yaml:4:54 routes[2].realm: `none` is not among the realms; expected one of default",
                        "sessiongate.yaml:5:56 routes[3].sign-in: has no meaning on a public route, which asks nobody to sign in; remove it");
    }

    @Test
    void aPublicSessionEndpointUsesItsRealm() {
        assertThat(file.warnings("""
                upstreams: { app: { servers: [ "http://a" ] } }
                routes: [ { path: /s, access: public, upstream: app, session-endpoint: cached } ]
                listeners: [ { address: ":8080" } ]
                """ + LoadedFile.REALM)).isEmpty();
    }

    @Test
    void aPublicSessionEndpointLooksAtTokens() {
        RouteConfig route = file.loaded(routes(
                        "path: /s, access: public, realm: default, stale: never, session-endpoint: cached",
                        "path: /**, access: authenticated"))
                .routes()
                .get(0);
        assertThat(route.keepsSessionAnswers()).isTrue();
        assertThat(route.staleLimit()).isEqualTo(Duration.ZERO);
    }

    @Test
    void readsARoute() {
        var route = file.loaded(
                        routes("path: /a/**, host: '*.Example.com', methods: [GET, POST], access: { roles: [admin, ops]"
                                + " }, stale: never, preflight: false, sign-in: https://l.example/"))
                .routes()
                .get(0);

        assertThat(route)
                .isEqualTo(new RouteConfig(
                        "*.example.com",
                        "/a/**",
                        Set.of("GET", "POST"),
                        new Access.Roles(Set.of("admin", "ops")),
                        "app",
                        "default",
                        "https://l.example/",
                        Duration.ZERO,
                        false,
                        directory + "/sessiongate.yaml:2:5"));
        assertThat(List.of(route.location())).doesNotContainNull();
    }
}
