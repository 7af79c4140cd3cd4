package io.sessiongate.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.app.AdminAction.Ask;
import io.sessiongate.app.AdminServer.Page;
import io.sessiongate.config.SecretBytes;
import io.sessiongate.flow.Revoker;
import io.sessiongate.session.InMemorySessions;
import io.sessiongate.session.RevocationBroadcast;
import io.sessiongate.token.Fingerprint;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RevocationsActionTest {

    private static final String SECRET = "0123456789abcdef-of-the-admin";
    private static final String HERE = "192.0.2.1";

    private final List<String> ended = new ArrayList<>();
    private final InMemorySessions sessions = new InMemorySessions();
    private long nowNanos;

    private final RevocationsAction action = action(List.of("default"));

    private RevocationsAction action(List<String> realms) {
        return new RevocationsAction(
                new SecretBytes(SECRET.getBytes(UTF_8)),
                realms.stream().collect(Collectors.toMap(name -> name, this::revoker)),
                () -> nowNanos);
    }

    private Revoker revoker(String realm) {
        return new Revoker(sessions.gate(), new RevocationBroadcast() {
            @Override
            public void sessionEnded(String sha256Hex) {
                ended.add(realm + " session " + sha256Hex);
            }

            @Override
            public void subjectEnded(String sha256Hex) {
                ended.add(realm + " subject " + sha256Hex);
            }
        });
    }

    private static Ask ask(
            String method, String peer, @Nullable String authorization, @Nullable String type, byte[] body) {
        try {
            return new Ask(method, InetAddress.getByName(peer), authorization, type, body);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private Page post(String body) {
        return action.perform(ask("POST", HERE, "Bearer " + SECRET, "application/json", body.getBytes(UTF_8)));
    }

    private Page guess(String peer, @Nullable String authorization) {
        return action.perform(ask("POST", peer, authorization, "application/json", "{}".getBytes(UTF_8)));
    }

    @Test
    void endsSessionsAndSubjects() {
        Page page = post("{\"realm\":\"default\",\"sessions\":[\"s1\",\"s2\",\"s1\"],\"subjects\":[\"ada\"]}");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.contentType()).isEqualTo("application/json");
        assertThat(page.body()).isEqualTo("{\"revoked\":{\"sessions\":2,\"subjects\":1}}\n");
        assertThat(ended)
                .containsExactly(
                        "default session " + Fingerprint.hexOf("s1"),
                        "default session " + Fingerprint.hexOf("s2"),
                        "default subject " + Fingerprint.hexOf("ada"));
    }

    @Test
    void needsNoRealmWhereThereIsOne() {
        assertThat(post("{\"sessions\":[\"s1\"]}").status()).isEqualTo(200);
    }

    @Test
    void needsARealmWhereThereAreTwo() {
        RevocationsAction two = action(List.of("default", "other"));
        byte[] body = "{\"sessions\":[\"s1\"]}".getBytes(UTF_8);
        Page page = two.perform(ask("POST", HERE, "Bearer " + SECRET, "application/json", body));
        assertThat(page.status()).isEqualTo(400);
        assertThat(page.body()).contains("\"key\":\"realm\"").contains("missing; expected one of default, other");
    }

    @Test
    void takesAThousandIdsAndNotOneMore() {
        assertThat(post("{\"sessions\":[" + ids(1_000) + "]}").status()).isEqualTo(200);
        assertThat(ended).hasSize(1_000);
        Page page = post("{\"subjects\":[" + ids(1_001) + "]}");
        assertThat(page.status()).isEqualTo(400);
        assertThat(page.body()).contains("\"key\":\"subjects\"");
        assertThat(ended).hasSize(1_000);
    }

    private static String ids(int count) {
        return IntStream.range(0, count).mapToObj(i -> "\"id" + i + "\"").collect(Collectors.joining(","));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', nullValues = "-", textBlock = """
            [] | -
            null | -
            "s1" | -
            {"sessions":["s1"]} x | -
            {"sessions":["s1"] | -
            {"sessions":["s1"],"sessions":["s2"]} | -
            {"sessions":[[[[[[[[[["s1"]]]]]]]]]]} | -
            {} | sessions
            {"sessions":[]} | sessions
            {"sessions":[],"subjects":[]} | sessions
            {"session":["s1"]} | session
            {"sessions":["s1"],"Realm":"default"} | Realm
            {"sessions":["s1"],"<b>":1} | ?
            {"sessions":"s1"} | sessions
            {"sessions":null} | sessions
            {"sessions":{"0":"s1"}} | sessions
            {"sessions":["s1",2]} | sessions[1]
            {"sessions":[null]} | sessions[0]
            {"sessions":[""]} | sessions[0]
            {"subjects":["  "]} | subjects[0]
            {"subjects":[true]} | subjects[0]
            {"sessions":["s1"],"realm":1} | realm
            {"sessions":["s1"],"realm":null} | realm
            {"sessions":["s1"],"realm":""} | realm
            {"sessions":["s1"],"realm":"nobody"} | realm
            """)
    void refusesABodyThatIsNotExactlyRightAndNamesTheKey(String body, @Nullable String key) {
        Page page = post(body);
        assertThat(page.status()).isEqualTo(400);
        assertThat(page.contentType()).isEqualTo("application/problem+json");
        assertThat(page.body()).contains("\"type\":\"urn:sessiongate:problem:malformed-request\"");
        assertThat(page.body()).doesNotContain("s1").doesNotContain("<b>");
        if (key == null) {
            assertThat(page.body()).doesNotContain("\"key\"");
        } else {
            assertThat(page.body()).contains("\"key\":\"" + key + "\"");
        }
        assertThat(ended).isEmpty();
    }

    @Test
    void refusesABodyThatIsNotUtf8() {
        byte[] body = {'{', '"', (byte) 0xff, '"', '}'};
        assertThat(action.perform(ask("POST", HERE, "Bearer " + SECRET, "application/json", body))
                        .status())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "post"})
    void takesNoOtherMethod(String method) {
        Page page = action.perform(ask(method, HERE, "Bearer " + SECRET, "application/json", new byte[0]));
        assertThat(page.status()).isEqualTo(405);
        assertThat(page.fields()).containsEntry("Allow", "POST");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {"-", "text/plain", "application/jsonp", "application/x-www-form-urlencoded", "''"})
    void takesNoOtherContentType(@Nullable String type) {
        byte[] body = "{\"sessions\":[\"s1\"]}".getBytes(UTF_8);
        assertThat(action.perform(ask("POST", HERE, "Bearer " + SECRET, type, body))
                        .status())
                .isEqualTo(415);
        assertThat(ended).isEmpty();
    }

    @Test
    void takesJsonWithAParameter() {
        byte[] body = "{\"sessions\":[\"s1\"]}".getBytes(UTF_8);
        assertThat(action.perform(ask("POST", HERE, "bearer " + SECRET, "Application/JSON; charset=utf-8", body))
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-",
                "Bearer",
                "'Bearer '",
                "Basic abc",
                "Bearer 0123456789abcdef",
                "Bearer x0123456789abcdef-of-the-admin"
            })
    void refusesWhoDoesNotKnowTheSecret(@Nullable String authorization) {
        Page page = guess(HERE, authorization);
        assertThat(page.status()).isEqualTo(401);
        assertThat(page.fields().get("WWW-Authenticate")).startsWith("Bearer realm=\"sessiongate admin\"");
        assertThat(page.body()).doesNotContain("0123");
    }

    @Test
    void slowsDownWhoGuesses() {
        for (int i = 0; i < WrongGuesses.MOST_A_SECOND; i++) {
            assertThat(guess(HERE, "Bearer guess" + i).status()).isEqualTo(401);
        }
        Page page = guess(HERE, "Bearer " + SECRET);
        assertThat(page.status()).isEqualTo(429);
        assertThat(page.fields()).containsEntry("Retry-After", "1");
        assertThat(guess("192.0.2.2", "Bearer " + SECRET).status())
                .as("somebody else")
                .isEqualTo(400);
        nowNanos += Duration.ofSeconds(1).toNanos();
        assertThat(post("{\"sessions\":[\"s1\"]}").status()).isEqualTo(200);
    }

    @Test
    void doesNotSlowDownWhoIsRight() {
        for (int i = 0; i < 100; i++) {
            assertThat(post("{\"sessions\":[\"s1\"]}").status()).isEqualTo(200);
        }
    }

    @Test
    void forgetsAddressesBeyondItsBound() {
        WrongGuesses guesses = new WrongGuesses();
        for (int i = 0; i <= WrongGuesses.MAX_ADDRESSES; i++) {
            for (int n = 0; n < WrongGuesses.MOST_A_SECOND; n++) {
                guesses.wrong(address(i), 0);
            }
        }
        assertThat(guesses.mayTry(address(0), 0)).isTrue();
        assertThat(guesses.mayTry(address(1), 0)).isFalse();
    }

    private static InetAddress address(int i) {
        try {
            return InetAddress.getByAddress(new byte[] {10, 0, (byte) (i >> 8), (byte) i});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void saysThatNothingCanBeRevokedWithoutASecret() {
        RevocationsAction without = new RevocationsAction(null, Map.of(), () -> 0);
        Page page = without.perform(ask("POST", HERE, null, null, new byte[0]));
        assertThat(page.status()).isEqualTo(404);
        assertThat(page.body()).contains("admin.secret is not set");
    }
}
