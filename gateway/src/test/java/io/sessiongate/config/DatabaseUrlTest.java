package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.DatabaseConfig.Tls;
import io.sessiongate.config.DatabaseConfig.Tls.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseUrlTest {

    private static final String LOCAL = "postgresql://app:pw@localhost/db";

    @TempDir
    Path directory;

    private DatabaseUrl.Result parse(String url) {
        return DatabaseUrl.parse(url, directory);
    }

    private DatabaseConfig ok(String url) {
        DatabaseUrl.Result result = parse(url);
        assertThat(result).isInstanceOf(DatabaseUrl.Ok.class);
        return ((DatabaseUrl.Ok) result).config();
    }

    private DatabaseConfig with(String parameters) {
        return ok(LOCAL + "?" + parameters);
    }

    private String why(String url) {
        DatabaseUrl.Result result = parse(url);
        assertThat(result).isInstanceOf(DatabaseUrl.Bad.class);
        return ((DatabaseUrl.Bad) result).why();
    }

    @Test
    void hasDefaultsOfItsOwn() {
        assertThat(ok(LOCAL))
                .isEqualTo(new DatabaseConfig(
                        "localhost",
                        5432,
                        "db",
                        "app",
                        new Secret("pw"),
                        new Tls(Mode.PREFER, false, null),
                        4,
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(5),
                        "public",
                        false,
                        "sessiongate",
                        Map.of(),
                        List.of()));
    }

    @ParameterizedTest
    @CsvSource({
        "postgresql://u:p@h:6432/d, u, p, h, 6432, d",
        "postgres://u:p@h/d, u, p, h, 5432, d",
        "POSTGRES://u:p@h/d, u, p, h, 5432, d",
        "' postgresql://u:p@h/d\n', u, p, h, 5432, d",
        "postgresql://u@h/d, u, '', h, 5432, d",
        "postgresql://u:p@h, u, p, h, 5432, postgres",
        "postgresql://u:p@h/, u, p, h, 5432, postgres",
        "postgresql://u:p@/d, u, p, localhost, 5432, d",
        "postgresql://u:p@h:/d, u, p, h, 5432, d",
        "postgresql://u:p@[::1]:6432/d, u, p, ::1, 6432, d",
        "postgresql://u:p@[fe80::1]/d, u, p, fe80::1, 5432, d",
        "postgresql://u:p@%2Frun%2Fpg/d, u, p, /run/pg, 5432, d",
        "postgresql://u%40x:p%40ss%2Fw%23%3F%25@h/d%20b, u@x, p@ss/w#?%, h, 5432, d b",
        "postgresql://u:p@ss:w@h/d, u, p@ss:w, h, 5432, d",
        "postgresql://u:p+ss$^@h/d, u, p+ss$^, h, 5432, d",
        "postgresql://u:p%C3%A4ä@h/d, u, pää, h, 5432, d",
        "postgresql://u:p@db-1.internal_x.example.com/d, u, p, db-1.internal_x.example.com, 5432, d",
    })
    void readsWhoAndWhere(String url, String user, String password, String host, int port, String database) {
        DatabaseConfig config = ok(url);

        assertThat(List.of(config.user(), config.password().reveal(), config.host(), config.port(), config.database()))
                .containsExactly(user, password, host, port, database);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|not a URL; expected postgresql://user:password@host:5432/database",
                "localhost:5432|not a URL; expected postgresql://user:password@host:5432/database",
                "mysql://u:p@h/d|not a PostgreSQL URL; expected postgresql://user:password@host:5432/database",
                "jdbc:postgresql://h/d?user=u|a JDBC URL; drop jdbc: and put the user and password before the host: expected"
                        + " postgresql://user:password@host:5432/database",
                "prisma://accelerate.prisma-data.net/?api_key=k|an address of Prisma's own service (Accelerate or a local"
                        + " prisma dev), not of a PostgreSQL; give the direct one, as in directUrl: expected"
                        + " postgresql://user:password@host:5432/database",
                "prisma+postgres://localhost:51213/?api_key=k|an address of Prisma's own service (Accelerate or a local"
                        + " prisma dev), not of a PostgreSQL; give the direct one, as in directUrl: expected"
                        + " postgresql://user:password@host:5432/database",
                "\"postgresql://u:p@h/d\"|begins with a quotation mark, which became part of the value (env files of Docker"
                        + " keep them); expected postgresql://user:password@host:5432/database",
                "postgresql://h/d|no user name; expected postgresql://user:password@host:5432/database",
                "postgresql://:p@h/d|no user name; expected postgresql://user:password@host:5432/database",
                "postgresql://u:p@h1,h2/d|several hosts; expected one: the primary, or an address that leads to it",
                "postgresql://u:p@h1:1,h2:2/d|several hosts; expected one: the primary, or an address that leads to it",
                "postgresql://u:p@h/d?host=a,b|several hosts; expected one: the primary, or an address that leads to it",
                "postgresql://u:p@h:0/d|the port must be 1 to 65535",
                "postgresql://u:p@h:99999/d|the port must be 1 to 65535",
                "postgresql://u:p@h:x/d|the host and port cannot be read; expected"
                        + " postgresql://user:password@host:5432/database",
                "postgresql://u:p@[h]/d|the address in brackets is not IPv6; expected one such as [::1]",
                "postgresql://u:p@h h/d|the host is not a host name or address; expected"
                        + " postgresql://user:password@host:5432/database",
                "postgresql://u:100%@h/d|the password has a % that does not begin an encoded character; write %25 for the"
                        + " character itself",
                "postgresql://u:%zz@h/d|the password has a % that does not begin an encoded character; write %25 for the"
                        + " character itself",
                "postgresql://u:%FF@h/d|the password is not UTF-8 once decoded",
                "postgresql://u%00:p@h/d|the user name holds a NUL character",
                "postgresql://u:p@h/d?connection_limit=0|connection_limit must be 1 to 100; a few connections carry all"
                        + " session checks",
                "postgresql://u:p@h/d?connection_limit=101|connection_limit must be 1 to 100; a few connections carry all"
                        + " session checks",
                "postgresql://u:p@h/d?connection_limit=many|connection_limit is not a whole number",
                "postgresql://u:p@h/d?connection_limit=-1|connection_limit is not a whole number",
                "postgresql://u:p@h/d?pool_timeout=10s|pool_timeout is not a whole number",
                "postgresql://u:p@h/d?pgbouncer=yes|pgbouncer must be true or false",
                "postgresql://u:p@h/d?sslmode=bogus|sslmode is not known; expected disable, prefer, require or verify-full",
                "postgresql://u:p@h/d?sslcert=none.pem|sslcert names no file that can be read; a relative path starts from the"
                        + " configuration's directory",
                "postgresql://u:p@h/d?channel_binding=x|channel_binding must be disable, prefer or require",
                "postgresql://u:p@h/d?options=x|options cannot be read; expected -c name=value, as often as wanted, with"
                        + " spaces encoded as %20",
                "postgresql://u:p@h/d?application_name=a%0Ab|application_name holds a control character",
            })
    void saysWhyAUrlIsNotUsable(String url, String why) {
        assertThat(why(url)).isEqualTo(why);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql://u:p/w@h/d",
                "postgresql://u:p#w@h/d",
                "postgresql://u:p?w@h/d",
                "postgresql://u:p@ss/w@h/d",
                "postgresql://u:p@h/d#x",
                "postgresql://u:p@h/d?schema=a#b",
                "postgresql://u:p@h/a/b",
            })
    void asksForSpecialCharactersToBeEncoded(String url) {
        assertThat(why(url))
                .isEqualTo(
                        "special characters in the user name, the password or a parameter must be percent-encoded: / as"
                                + " %2F, # as %23, ? as %3F, @ as %40, % as %25");
    }

    @Test
    void takesTheConnectionLimit() {
        assertThat(with("connection_limit=20").connectionLimit()).isEqualTo(20);
    }

    @ParameterizedTest
    @CsvSource({"20, 20", "60, 60"})
    void takesThePoolTimeout(String value, int seconds) {
        assertThat(with("pool_timeout=" + value).poolTimeout()).hasSeconds(seconds);
    }

    @Test
    void boundsAPoolTimeoutWithoutEnd() {
        DatabaseConfig config = with("pool_timeout=0");

        assertThat(config.poolTimeout()).hasSeconds(60);
        assertThat(config.warnings()).containsExactly("pool_timeout=0 would wait without end; it is 60 s here");
    }

    @Test
    void boundsALongPoolTimeout() {
        DatabaseConfig config = with("pool_timeout=600");

        assertThat(config.poolTimeout()).hasSeconds(60);
        assertThat(config.warnings()).containsExactly("pool_timeout is 60 s here, the longest wait there is");
    }

    @Test
    void takesTheConnectTimeout() {
        assertThat(with("connect_timeout=3").connectTimeout()).hasSeconds(3);
    }

    @Test
    void boundsAConnectTimeoutWithoutEnd() {
        DatabaseConfig config = with("connect_timeout=0");

        assertThat(config.connectTimeout()).hasSeconds(60);
        assertThat(config.warnings()).containsExactly("connect_timeout=0 would wait without end; it is 60 s here");
    }

    @Test
    void takesTheSchema() {
        assertThat(with("schema=auth").schema()).isEqualTo("auth");
    }

    @Test
    void leavesTheSearchPathToTheServerForAnEmptySchema() {
        assertThat(with("schema=").schema()).isNull();
    }

    @Test
    void takesPgbouncer() {
        assertThat(with("pgbouncer=true").pgbouncer()).isTrue();
    }

    @Test
    void takesTheApplicationName() {
        assertThat(with("application_name=my+app%21").applicationName()).isEqualTo("my app!");
    }

    @Test
    void takesTheLastOfAParameterGivenTwice() {
        assertThat(with("connection_limit=2&connection_limit=3").connectionLimit())
                .isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-c%20a=1|{a=1}",
                "-ca=1|{a=1}",
                "--a=1|{a=1}",
                "-c+a=1+-c+b.c=x|{a=1, b.c=x}",
                "-c%20search_path%3Dauth%2Cpublic|{search_path=auth,public}",
                "-c%20a=x%5C%20y|{a=x y}",
                "%20%20|{}",
            })
    void takesServerOptions(String options, String expected) {
        assertThat(new java.util.TreeMap<>(with("options=" + options).serverOptions()))
                .hasToString(expected);
    }

    @Test
    void keepsTheStatementTimeoutToItself() {
        DatabaseConfig config = with("options=-c%20statement_timeout%3D0");

        assertThat(config.serverOptions()).isEmpty();
        assertThat(config.warnings())
                .containsExactly("statement_timeout in options has no effect here: session.query-timeout sets it");
    }

    @ParameterizedTest
    @CsvSource({
        "host=/var/run/postgresql, /var/run/postgresql",
        "host=db.example.com, db.example.com",
        "host=, localhost",
    })
    void takesTheHostParameterInPlaceOfTheHost(String parameter, String host) {
        assertThat(with(parameter).host()).isEqualTo(host);
    }

    @ParameterizedTest
    @CsvSource({
        "'', PREFER, false",
        "sslmode=disable, DISABLE, false",
        "sslmode=prefer, PREFER, false",
        "sslmode=allow, PREFER, false",
        "sslmode=require, REQUIRE, false",
        "sslmode=no-verify, REQUIRE, false",
        "sslmode=verify-ca, REQUIRE, true",
        "sslmode=verify-full, REQUIRE, true",
        "sslmode=require&sslaccept=strict, REQUIRE, true",
        "sslmode=require&sslaccept=accept_invalid_certs, REQUIRE, false",
        "sslmode=require&sslaccept=misspelled, REQUIRE, true",
        "sslaccept=strict, PREFER, true",
        "sslmode=verify-full&sslaccept=accept_invalid_certs, REQUIRE, true",
    })
    void mapsTls(String parameters, Mode mode, boolean verify) {
        Tls tls = with(parameters).tls();

        assertThat(tls).isEqualTo(new Tls(mode, verify, null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "postgresql://u:p@db/d|true",
                "postgresql://u:p@db/d?sslmode=require|true",
                "postgresql://u:p@db/d?sslmode=disable|false",
                "postgresql://u:p@db/d?sslmode=require&sslaccept=strict|false",
                "postgresql://u:p@localhost/d|false",
                "postgresql://u:p@127.0.0.1/d|false",
                "postgresql://u:p@[::1]/d|false",
                "postgresql://u:p@db/d?host=/run|false",
            })
    void warnsWhereTheServersIdentityIsNotSure(String url, boolean warned) {
        assertThat(ok(url).warnings()
                        .contains("the server's certificate is not verified, so its identity is not sure; add"
                                + " sslaccept=strict, and sslcert=<file> for an authority of your own"))
                .isEqualTo(warned);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sslcert", "sslrootcert"})
    void takesTheRootCertificate(String parameter) throws IOException {
        Path certificate = Files.writeString(directory.resolve("ca.pem"), "x");

        Tls tls = with("sslmode=require&sslaccept=strict&" + parameter + "=ca.pem")
                .tls();

        assertThat(tls).isEqualTo(new Tls(Mode.REQUIRE, true, certificate.toString()));
    }

    @Test
    void warnsOfARootCertificateWithoutEffect() throws IOException {
        Files.writeString(directory.resolve("ca.pem"), "x");

        assertThat(with("sslmode=require&sslcert=ca.pem").warnings())
                .containsExactly(
                        "the certificate in sslcert or sslrootcert has no effect without sslaccept=strict and TLS");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sslidentity=x|sslidentity: client certificates are not supported; the password is used",
                "sslpassword=x|sslpassword: client certificates are not supported; the password is used",
                "socket_timeout=5|socket_timeout has no effect here: session.query-timeout ends a query",
                "statement_cache_size=0|statement_cache_size has no effect here: statements are not cached",
                "max_idle_connection_lifetime=5|max_idle_connection_lifetime has no effect here: connections are kept, and"
                        + " replaced when they break",
                "max_connection_lifetime=5|max_connection_lifetime has no effect here: connections are kept, and replaced"
                        + " when they break",
                "channel_binding=require|channel_binding=require cannot be kept: logins are made without channel binding",
                "sslmode=allow|sslmode=allow is treated as prefer",
                "sslmode=verify-ca|sslmode=verify-ca is treated as verify-full: the host name is verified too",
                "sslmode=require&sslaccept=x|sslaccept is neither strict nor accept_invalid_certs; it is treated as strict",
                "sslaccept=strict|sslaccept=strict with sslmode=prefer still connects without TLS to a server that has none;"
                        + " add sslmode=require",
                "target_session_attrs=any|target_session_attrs is not understood and has no effect",
                "a%20secret=1|a parameter is not understood and has no effect",
            })
    void namesWhatHasNoEffect(String parameters, String warning) {
        assertThat(with(parameters).warnings()).containsExactly(warning);
    }

    @ParameterizedTest
    @ValueSource(strings = {"channel_binding=prefer", "channel_binding=disable", "", "&", "schema=public&&"})
    void understandsWithoutAWord(String parameters) {
        assertThat(with(parameters).warnings()).isEmpty();
    }
}
