package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaErrorsTest {

    @TempDir
    Path directory;

    private LoadedFile file;

    @BeforeEach
    void createFile() {
        file = new LoadedFile(directory);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, textBlock = """
            mode: observed                    | 1:7 mode: `observed` does not fit here; expected enforce or observe
            drain: 30                         | 1:8 drain: `30` does not fit here; expected a duration from 0s to 1h, such as 500ms, 10s, 5m or 1h
            drain: 2h                         | 1:8 drain: `2h` is out of range; expected a duration from 0s to 1h, such as 500ms, 10s, 5m or 1h
            drain: 1m30s                      | 1:8 drain: `1m30s` does not fit here; expected a duration from 0s to 1h, such as 500ms, 10s, 5m or 1h
            drain: -1s                        | 1:8 drain: `-1s` does not fit here; expected a duration from 0s to 1h, such as 500ms, 10s, 5m or 1h
            drain:                            | 1:7 drain: empty; expected a duration from 0s to 1h, such as 500ms, 10s, 5m or 1h
            drain: [1s]                       | 1:8 drain: a list does not fit here; expected a duration from 0s to 1h, such as 500ms, 10s, 5m or 1h
            drain: $${x}                      | 1:8 drain: `${x}` does not fit here; expected a duration from 0s to 1h, such as 500ms, 10s, 5m or 1h
            transport: kqueue                 | 1:12 transport: `kqueue` does not fit here; expected auto, epoll, io_uring or nio
            event-loops: 1025                 | 1:14 event-loops: `1025` does not fit here; expected a whole number from 0 to 1024
            event-loops: two                  | 1:14 event-loops: `two` does not fit here; expected a whole number from 0 to 1024
            event-loops: 1.5                  | 1:14 event-loops: `1.5` does not fit here; expected a whole number from 0 to 1024
            event-loops: 99999999999          | 1:14 event-loops: `99999999999` does not fit here; expected a whole number from 0 to 1024
            event-loops: 99999999999999999999 | 1:14 event-loops: `99999999999999999999` does not fit here; expected a whole number from 0 to 1024
            'log: { access: yes }'            | 1:16 log.access: `yes` does not fit here; expected true or false
            'log: { format: xml }'            | 1:16 log.format: `xml` does not fit here; expected text or json
            log: json                         | 1:6 log: `json` does not fit here; expected a mapping with keys among format, access
            listeners: []                     | 1:12 listeners: empty; expected a list of listeners such as [ { address: 0.0.0.0:8080 } ]
            listeners: [ 8080 ]               | 1:14 listeners[0]: `8080` does not fit here; expected a listener such as { address: 0.0.0.0:8080 }
            'listeners: [ { address: 8080 } ]'| 1:25 listeners[0].address: `8080` does not fit here (put it in quotes); expected an address such as 127.0.0.1:8080, :8080 or "[::1]:8080"
            'listeners: [ { address: "8080" } ]' | 1:25 listeners[0].address: `8080`: expected an address and a port, such as 127.0.0.1:8080, :8080 or "[::1]:8080"
            'listeners: [ { address: host:80 } ]' | 1:25 listeners[0].address: `host:80`: expected an IP address before the port, localhost, or nothing for all addresses
            'listeners: [ { address: 1.2.3.4:65536 } ]' | 1:25 listeners[0].address: `1.2.3.4:65536`: the port must be 0 to 65535
            'listeners: [ { address: ":80" }, { address: 127.0.0.1:80 } ]' | 1:45 listeners[1].address: `127.0.0.1:80` is taken by a listener above; expected another port
            'admin: { address: "0.0.0.0:8080" }' | 1:19 admin.address: `0.0.0.0:8080` is a listener's too, where clients would reach it; expected another port
            'limits: { request-head: 1000 }'  | 1:25 limits.request-head: `1000` does not fit here; expected a size from 1KiB to 1MiB, such as 512B, 64KiB or 1MiB
            'limits: { request-head: 2MiB }'  | 1:25 limits.request-head: `2MiB` is out of range; expected a size from 1KiB to 1MiB, such as 512B, 64KiB or 1MiB
            'limits: { request-head: 4KiB }'  | 1:9 limits.request-target: larger than limits.request-head, which it is a part of
            'limits: { response-head: 32KiB }' | 1:26 limits.response-head: `32KiB` is out of range; expected a size from 64KiB to 1MiB, such as 512B, 64KiB or 1MiB
            'limits: { request-body: all }'   | 1:25 limits.request-body: `all` does not fit here; expected none or a size from 0B to 1024GiB, such as 512B, 64KiB or 1MiB
            'limits: { request-body: 2000GiB }' | 1:25 limits.request-body: `2000GiB` is out of range; expected none or a size from 0B to 1024GiB, such as 512B, 64KiB or 1MiB
            'limits: { connectons: 5 }'       | 1:11 limits.connectons: unknown key; did you mean `connections`?
            'timeouts: { requestHead: 5s }'   | 1:13 timeouts.requestHead: unknown key; did you mean `request-head`?
            'timeouts: { total: 5s }'         | 1:13 timeouts.total: unknown key; expected one of request-head, idle, request-body, stream, request-body-rate, unread-answer
            'timeouts: { request-body-rate: 240 }' | 1:32 timeouts.request-body-rate: `240` does not fit here; expected a size from 0B to 1GiB, such as 512B, 64KiB or 1MiB
            'limits: { buffered-bytes: 64KB }' | 1:27 limits.buffered-bytes: `64KB` is out of range; expected auto or a size from 1MiB to 1024GiB, such as 64MiB
            'limits: { buffered-bytes: none }' | 1:27 limits.buffered-bytes: `none` does not fit here; expected auto or a size from 1MiB to 1024GiB, such as 64MiB
            'trusted-proxies: [ proxy.local ]' | 1:20 trusted-proxies[0]: `proxy.local`: expected an address or block such as 10.0.0.0/8 or ::1
            'trusted-proxies: [ 10.0.0.0/33 ]' | 1:20 trusted-proxies[0]: `10.0.0.0/33`: the prefix must be 0 to 32 bits for IPv4, 0 to 128 for IPv6
            'trusted-proxies: [ 10.0.0.999 ]'  | 1:20 trusted-proxies[0]: `10.0.0.999`: expected an address or block such as 10.0.0.0/8 or ::1
            'trusted-proxies: [ 1.2.3.4, 1.2.3.4 ]'   | 1:18 trusted-proxies: an entry stands here twice; give each once
            '{ tls: x, listeners: [ { address: ":80" } ], upstreams: { dashboard: { servers: [ "http://a" ] } }, routes: [ { path: /**, access: public, upstream: dashboard } ] } #' | 1:3 tls: unknown key; expected one of mode, listeners, admin, drain, reload, hand-over, transport, event-loops, trusted-proxies, log, tracing, limits, timeouts, realms, upstreams, rate-limits, routes
            """)
    void namesTheValueAndWhatWouldBeRight(String yaml, String problem) {
        String whole = yaml.startsWith("{") ? yaml : LoadedFile.with(yaml);

        assertThat(file.errors(whole)).containsExactly("sessiongate.yaml:" + problem);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, textBlock = """
            { servers: [] }                       | 1:33 upstreams.dashboard.servers: empty; expected a list such as [ http://127.0.0.1:3000 ]
            { servers: http://a }                 | 1:33 upstreams.dashboard.servers: `http://a` does not fit here; expected a list such as [ http://127.0.0.1:3000 ]
            { servers: [ a:80 ] }                 | 1:35 upstreams.dashboard.servers[0]: `a:80`: expected http://host:port, such as http://127.0.0.1:3000, https://host:port, or unix:/run/app.sock
            { servers: [ "https://a/b" ] }        | 1:35 upstreams.dashboard.servers[0]: `https://a/b`: a server has no path, the request's own is sent on; expected https://host:port
            { servers: [ "http://a/b" ] }         | 1:35 upstreams.dashboard.servers[0]: `http://a/b`: a server has no path, the request's own is sent on; expected http://host:port
            { servers: [ "http://a?b" ] }         | 1:35 upstreams.dashboard.servers[0]: `http://a?b`: a server has no path, the request's own is sent on; expected http://host:port
            { servers: [ "http://a:0" ] }         | 1:35 upstreams.dashboard.servers[0]: `http://a:0`: the port must be 1 to 65535
            { servers: [ "http://a b" ] }         | 1:35 upstreams.dashboard.servers[0]: `http://a b`: not a host name; expected http://host:port
            { servers: [ "http://" ] }            | 1:35 upstreams.dashboard.servers[0]: `http://`: expected http://host:port, such as http://127.0.0.1:3000
            { servers: [ "http://A:80", "http://a/" ] } | 1:33 upstreams.dashboard.servers: a server stands here twice; give each once
            { servers: [ "unix:run/app" ] }       | 1:35 upstreams.dashboard.servers[0]: `unix:run/app`: expected the absolute path of a socket, such as unix:/run/app.sock
            { servers: [ "unix:///run/app" ] }    | 1:35 upstreams.dashboard.servers[0]: `unix:///run/app`: expected the absolute path of a socket, such as unix:/run/app.sock
            { servers: [ "unix:" ] }              | 1:35 upstreams.dashboard.servers[0]: `unix:`: expected the absolute path of a socket, such as unix:/run/app.sock
            { servers: [ "unix:/run/" ] }         | 1:35 upstreams.dashboard.servers[0]: `unix:/run/`: not the path of a socket; expected one such as unix:/run/app.sock
            { servers: [ "unix:/a", "UNIX:/a" ] } | 1:33 upstreams.dashboard.servers: a server stands here twice; give each once
            {}                                    | 1:25 upstreams.dashboard.servers: missing; expected a list such as [ http://127.0.0.1:3000 ]
            """)
    void checksServers(String upstream, String problem) {
        assertThat(file.errorsOf("upstreams: { dashboard: " + upstream + " }"))
                .containsExactly(
                        "sessiongate.yaml:" + problem.replace("1:33", "1:36").replace("1:35", "1:38"));
    }

    @Test
    void refusesAPathThatNoSocketCanHave() {
        String longest = "/" + "ü".repeat(51);
        assertThat(file.loaded(LoadedFile.with("upstreams: { dashboard: { servers: [ 'unix:" + longest + "' ] } }"))
                        .upstreams())
                .hasSize(1);
        assertThat(file.errorsOf("upstreams: { dashboard: { servers: [ 'unix:" + longest + "a' ] } }"))
                .singleElement()
                .asString()
                .endsWith("the path is too long for a socket; expected at most 103 bytes");
    }

    @Test
    void doesNotShowALoginInAServerAddress() {
        assertThat(file.errorsOf("upstreams: { dashboard: { servers: [ 'http://u:planted@a' ] } }"))
                .singleElement()
                .asString()
                .doesNotContain("planted")
                .contains("upstreams.dashboard.servers[0]");
    }

    @Test
    void saysWhatIsMissing() {
        assertThat(file.errors("mode: enforce\n"))
                .containsExactly(
                        "sessiongate.yaml:1:1 listeners: missing; expected a list of listeners such as [ { address:"
                                + " 0.0.0.0:8080 } ]",
                        "sessiongate.yaml:1:1 routes: missing; expected a list of routes such as [ { path: /**, access:"
                                + " authenticated, upstream: dashboard } ]",
                        "sessiongate.yaml:1:1 upstreams: missing; expected a mapping from names to upstreams, such as {"
                                + " dashboard: { servers: [ http://127.0.0.1:3000 ] } }");
    }

    @Test
    void refusesATextInPlaceOfAFile() {
        assertThat(file.errors("just text"))
                .containsExactly(
                        "sessiongate.yaml:1:1: this value does not fit here; expected a mapping with keys among"
                                + " mode, listeners, admin, drain, reload, hand-over, transport, event-loops, trusted-proxies, log, tracing, limits, timeouts,"
                                + " realms, upstreams, rate-limits, routes");
    }

    @Test
    void reportsAllErrorsInTheOrderOfTheFile() {
        assertThat(file.errors("""
                drain: 2h
                lsiteners: []
                event-loops: -1
                routes:
                  - path: /a
                    acess: public
                    upstream: dashbord
                upstreams:
                  dashboard:
                    servers: [ "${NONE}" ]
                """))
                .containsExactly(
                        "sessiongate.yaml:1:1 listeners: missing; expected a list of listeners such as [ { address:"
                                + " 0.0.0.0:8080 } ]",
                        "sessiongate.yaml:1:8 drain: `2h` is out of range; expected a duration from 0s to 1h, such as 500ms,"
                                + " 10s, 5m or 1h",
                        "sessiongate.yaml:2:1 lsiteners: unknown key; did you mean `listeners`?",
                        "sessiongate.yaml:3:14 event-loops: `-1` does not fit here; expected a whole number from 0 to 1024",
                        "sessiongate.yaml:5:5 routes[0].access: missing; expected public, authenticated or { roles: [admin]"
                                + " }",
                        "sessiongate.yaml:6:5 routes[0].acess: unknown key; did you mean `access`?",
                        "sessiongate.yaml:7:15 routes[0].upstream: `dashbord` is not among the upstreams; did you mean"
                                + " `dashboard`?",
                        "sessiongate.yaml:10:16 upstreams.dashboard.servers[0]: environment variable NONE is not set; set it,"
                                + " or give a default as in ${NONE:-default}");
    }

    @Test
    void readsEveryFormOfAnAddress() {
        var config = file.loaded(LoadedFile.with("""
                listeners: [ { address: ":0" }, { address: "localhost:0" }, { address: "[::1]:8443" } ]
                upstreams: { dashboard: { servers: [ "http://[::1]:3000", "HTTP://App.Example.com/", unix:/run/App.sock ] } }
                trusted-proxies: [ 10.0.0.0/8, "::1" ]
                limits: { request-body: 10MiB }
                """));

        assertThat(config.listeners())
                .extracting(l -> l.address().getHostString() + " " + l.address().getPort())
                .containsExactly("0.0.0.0 0", "localhost 0", "0:0:0:0:0:0:0:1 8443");
        assertThat(config.upstreams().values())
                .flatExtracting(u -> u.servers().stream()
                        .map(s -> s.name() + " " + s.authority())
                        .toList())
                .containsExactly(
                        "::1:3000 [::1]:3000", "app.example.com:80 app.example.com:80", "unix:/run/App.sock localhost");
        assertThat(config.trustedProxies()).hasToString("[10.0.0.0/8, 0:0:0:0:0:0:0:1/128]");
        assertThat(config.limits().requestBodyBytes()).isEqualTo(10 << 20);
    }
}
