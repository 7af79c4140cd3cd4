package io.sessiongate.cli;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class RevokeCommandTest {

    private static final String SECRET = "0123456789abcdef-of-the-admin";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final WireMockServer gateway = new WireMockServer(options().dynamicPort());
    private String input = "";

    @TempDir
    private Path folder;

    @BeforeEach
    void start() throws IOException {
        gateway.start();
        answer(200, "{\"revoked\":{\"sessions\":1,\"subjects\":0}}");
        write("admin: { address: \"127.0.0.1:" + gateway.port() + "\", secret: " + SECRET + " }", "default");
    }

    @AfterEach
    void stop() {
        gateway.stop();
    }

    private void answer(int status, String body) {
        gateway.resetMappings();
        gateway.stubFor(post(anyUrl()).willReturn(aResponse().withStatus(status).withBody(body)));
    }

    private void write(String admin, String... realms) throws IOException {
        String each = Arrays.stream(realms).map(name -> """
                          %s:
                            token:
                              from: [ { header: Authorization } ]
                              keys: [ { algorithm: HS256, secret: "a secret of the application, long enough" } ]
                            session: { database: "postgres://u:p@127.0.0.1:1/nothing", table: sessions }
                        """.formatted(name)).collect(Collectors.joining());
        Files.writeString(folder.resolve("sessiongate.yaml"), """
                listeners: [ { address: "127.0.0.1:8080" } ]
                %s
                realms:
                %s
                upstreams: { app: { servers: [ "http://127.0.0.1:1" ] } }
                routes: [ { path: /**, access: authenticated, upstream: app, realm: %s } ]
                """.formatted(admin, each.stripTrailing(), realms[0]));
    }

    private int revoke(String... arguments) {
        CommandLine.IFactory own = new CommandLine.IFactory() {
            @Override
            public <K> K create(Class<K> type) throws Exception {
                return type == RevokeCommand.class
                        ? type.cast(new RevokeCommand(new ByteArrayInputStream(input.getBytes(UTF_8))))
                        : CommandLine.defaultFactory().create(type);
            }
        };
        CommandLine line = Main.commandLine(own);
        line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        List<String> all = new ArrayList<>(
                List.of("revoke", "-c", folder.resolve("sessiongate.yaml").toString()));
        all.addAll(List.of(arguments));
        return line.execute(all.toArray(String[]::new));
    }

    private List<LoggedRequest> received() {
        return gateway.findAll(postRequestedFor(urlEqualTo("/revocations")));
    }

    @Test
    void asksTheGatewayOfTheFile() {
        assertThat(revoke("--session", "s1", "s2")).as(err.toString()).isZero();
        assertThat(out.toString()).isEqualToIgnoringNewLines("revoked 2 sessions");
        assertThat(received()).hasSize(1);
        LoggedRequest request = received().get(0);
        assertThat(request.getHeader("Authorization")).isEqualTo("Bearer " + SECRET);
        assertThat(request.getHeader("Content-Type")).isEqualTo("application/json");
        assertThat(request.getBodyAsString()).isEqualTo("{\"realm\":\"default\",\"sessions\":[\"s1\",\"s2\"]}");
    }

    @Test
    void asksForSubjects() {
        assertThat(revoke("--subject", "ada", "--subject", "bob", "--subject", "ada"))
                .isZero();
        assertThat(received().get(0).getBodyAsString())
                .isEqualTo("{\"realm\":\"default\",\"subjects\":[\"ada\",\"bob\"]}");
        assertThat(out.toString()).isEqualToIgnoringNewLines("revoked 2 subjects");
    }

    @Test
    void readsIdsFromStandardInputSoThatNoListOfProcessesShowsThem() {
        input = "s1\r\n\n  s2\nü\n";
        assertThat(revoke("--session", "--ids-from", "-")).as(err.toString()).isZero();
        assertThat(received().get(0).getBodyAsString()).contains("[\"s1\",\"s2\",\"ü\"]");
    }

    @Test
    void readsIdsFromAFile() throws IOException {
        Path file = Files.writeString(folder.resolve("ids"), "ada\n");
        assertThat(revoke("--subject", "--ids-from", file.toString())).isZero();
        assertThat(received().get(0).getBodyAsString()).contains("\"subjects\":[\"ada\"]");
    }

    @Test
    void asksSeveralTimesWhereTheIdsAreTooManyForOne() {
        input = IntStream.range(0, 2_500).mapToObj(i -> "session-" + i).collect(Collectors.joining("\n"));
        assertThat(revoke("--session", "--ids-from", "-")).isZero();
        assertThat(received()).hasSize(3);
        assertThat(out.toString()).isEqualToIgnoringNewLines("revoked 2500 sessions");
    }

    @Test
    void asksSeveralTimesWhereTheIdsAreTooLongForOne() {
        input = IntStream.range(0, 200).mapToObj(i -> i + "x".repeat(1_000)).collect(Collectors.joining("\n"));
        assertThat(revoke("--session", "--ids-from", "-")).isZero();
        assertThat(received())
                .hasSizeGreaterThan(1)
                .allSatisfy(request -> assertThat(request.getBody()).hasSizeLessThan(64 * 1024));
    }

    @Test
    void asksAnotherAddressWhereOneIsNamed() throws IOException {
        write("admin: { address: \"127.0.0.1:1\", secret: " + SECRET + " }", "default");
        assertThat(revoke("--admin", "http://127.0.0.1:" + gateway.port(), "--session", "s1"))
                .isZero();
        assertThat(received()).hasSize(1);
    }

    @Test
    void asksThisMachineWhereTheAddressIsAny() throws IOException {
        write("admin: { address: \"0.0.0.0:" + gateway.port() + "\", secret: " + SECRET + " }", "default");
        assertThat(revoke("--session", "s1")).as(err.toString()).isZero();
    }

    @Test
    void asksForTheRealmThatIsNamed() throws IOException {
        write("admin: { address: \"127.0.0.1:" + gateway.port() + "\", secret: " + SECRET + " }", "staff", "customers");
        assertThat(revoke("--realm", "customers", "--session", "s1")).isZero();
        assertThat(received().get(0).getBodyAsString()).startsWith("{\"realm\":\"customers\"");
        assertThat(revoke("--session", "s1")).isEqualTo(2);
        assertThat(err.toString()).contains("--realm is wanted; expected one of customers, staff");
        assertThat(revoke("--realm", "nobody", "--session", "s1")).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            401 | {}      | has another admin.secret than the configuration file
            404 | nothing | knows no revocations; is this the admin port of a gateway?
            404 | {"type":"urn:sessiongate:problem:no-admin-secret","detail":"Nothing can be revoked here."} | : Nothing can be revoked here.
            429 | {}      | too many wrong secrets came from here
            400 | {"type":"urn:sessiongate:problem:malformed-request","detail":"no such realm","key":"realm"} | answered 400: realm: no such realm
            500 | <html>  | answered 500
            302 | x       | answered 302
            """)
    void saysWhyTheGatewayDidNot(int status, String body, String message) {
        answer(status, body);
        assertThat(revoke("--session", "the-id")).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("revoke: ")
                .contains("http://127.0.0.1:" + gateway.port() + "/")
                .contains(message)
                .doesNotContain("the-id")
                .doesNotContain(SECRET);
    }

    @Test
    void saysThatNobodyIsThere() {
        int port = gateway.port();
        gateway.stop();
        assertThat(revoke("--session", "the-id")).isEqualTo(1);
        assertThat(err.toString())
                .contains("no answer from http://127.0.0.1:" + port + "/")
                .doesNotContain("the-id");
    }

    @Test
    void saysThatTheFileHasNoSecret() throws IOException {
        write("admin: { address: \"127.0.0.1:9901\" }", "default");
        assertThat(revoke("--session", "s1")).isEqualTo(1);
        assertThat(err.toString()).contains("has no admin.secret");
    }

    @Test
    void saysWhatIsWrongWithTheFile() throws IOException {
        write("admin: { adress: x }", "default");
        assertThat(revoke("--session", "s1")).isEqualTo(3);
    }

    @Test
    void needsIdsOfOneKind() {
        assertThat(revoke()).isEqualTo(2);
        assertThat(revoke("--session", "s1", "--subject", "ada")).isEqualTo(2);
        assertThat(revoke("--session")).isEqualTo(2);
        input = " \n\n";
        assertThat(revoke("--session", "--ids-from", "-")).isEqualTo(2);
        assertThat(received()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1:9901",
                "https://127.0.0.1:9901",
                "http://127.0.0.1",
                "http://u:p@127.0.0.1:1",
                "http://h:1/x",
                "::"
            })
    void takesNoAddressThatIsNone(String address) {
        assertThat(revoke("--admin", address, "--session", "s1")).isEqualTo(2);
        assertThat(err.toString()).contains("--admin: expected http://host:port");
    }
}
