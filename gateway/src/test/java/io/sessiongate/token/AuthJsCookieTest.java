package io.sessiongate.token;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.TokenConfig.Source;
import io.sessiongate.testing.SimpleHead;
import io.sessiongate.token.TokenVerdict.Reason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read where an application may use Auth.js, which takes every cookie whose name begins with its own. */
class AuthJsCookieTest {

    private static final int MAX_BYTES = 40;
    private static final Found CONFLICT = new Found.Answer(new TokenVerdict.Conflict());

    private final TokenFinder finder =
            new TokenFinder(List.of(new Source.Cookie("session"), new Source.Cookie("other")), MAX_BYTES, true);

    private Found find(String... fields) {
        return finder.find(SimpleHead.get("/", fields));
    }

    private void assertFound(String token, String cookie, Found found) {
        assertThat(found).isInstanceOfSatisfying(TokenText.class, t -> {
            assertThat(t.text()).isEqualTo(token);
            assertThat(t.cookie()).isEqualTo(cookie);
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "session=abc",
                "a=b; session=abc;c=d",
                "session=abc; session=abc",
                "session.0=a; session.1=b; session.2=c",
                "session.2=c; x=y; session.0=a; session.1=b",
                "session.0=abc",
                " session.0 = a ;session.1=\"b\"; session.2=c",
                "xsession=evil; session=abc",
                "Session.0=evil; session=abc",
                "a=session.0=x; session=abc"
            })
    void findsATokenWholeOrInChunks(String field) {
        assertFound("abc", "session", find("Cookie", field));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "session=abc; session.0=abc",
                "session=; session.0=abc",
                "session.0=a; session.1=b; session=ab",
                "session.0=a; session.2=b",
                "session.1=b",
                "session.0=a; session.0=a; session.1=b",
                "session.0=a; session.0=; session.1=b",
                "session.00=a",
                "session.0=a; session.01=b",
                "session.0=a; session.+1=b",
                "session.0=a; session.-1=b",
                "session.0=a; session.1x=b",
                "session.0=a; session. 1=b",
                "session.0=a; session.1.1=b",
                "session.0=a; session.0x1=b",
                "session.0=a; session.1e0=b",
                "session.0=a; session.\u0661=b",
                "session.0=a; session.=b",
                "session.0=a; session.x=b",
                "session.0=a; session..1=b",
                "session=abc; sessionX=evil",
                "session=abc; session-id=1",
                "session=abc; sessionX",
                "session; session=abc",
                "session=abc; session.0",
                "session.0=; session.1=b",
                "session=; session=abc",
                "session=abc; session=\"\"",
                "session=abc; \u00a0session=abd",
                "session=abc; session\u00a0=abd",
                "session=abc; session=abd"
            })
    void refusesWhatAuthJsMightReadInAnotherWay(String field) {
        assertThat(find("Cookie", field)).as(field).isEqualTo(CONFLICT);
    }

    /** As a browser has it after the application went from one version to the next, or from http to https. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "session=abc; other=abd",
                "other=abd; session=abc",
                "session=abc; other=abc",
                "session.0=a; session.1=bc; other.0=x; other.1=y",
                "session=abc; other.1=x",
                "session=abc; otherX=x; other=1",
                "session=abc; other=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            })
    void takesTheFirstConfiguredOfSeveralSessionCookies(String field) {
        Found found = find("Cookie", "a=b; " + field);

        assertFound("abc", "session", found);
        assertThat(((TokenText) found).isAmongOthers()).isTrue();
        SimpleHead head = SimpleHead.get("/", "Cookie", "a=b; " + field, "Cookie", "\u00a0other=x;;c=d");
        new RivalCookies(List.of(new Source.Cookie("session"), new Source.Cookie("other")))
                .removeAllBut(head, "session");
        assertThat(head.all("Cookie"))
                .singleElement()
                .asString()
                .startsWith("a=b; session")
                .endsWith("; c=d");
        assertThat(head.first("Cookie")).doesNotContain("other");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"session=abc; session=abd; other=x", "session.1=x; other=abc", "session=; session=x; other=abc"})
    void takesNoOtherWhereTheFirstIsAmbiguous(String field) {
        assertThat(find("Cookie", field)).isEqualTo(CONFLICT);
    }

    @Test
    void takesASecondCookieWhereTheFirstIsNotThere() {
        Found found = find("Cookie", "other=abc; session=");

        assertFound("abc", "other", found);
        assertThat(((TokenText) found).isAmongOthers()).isFalse();
    }

    @Test
    void isTheSameTokenToTheCacheWithAndWithoutOthers() {
        TokenText alone = new TokenText("abc", "session");

        assertThat(alone.besideOthers()).isEqualTo(alone).hasSameHashCodeAs(alone);
        assertThat(new TokenText("abc", "other")).isNotEqualTo(alone);
        assertThat(new TokenText("abc")).isNotEqualTo(alone);
    }

    @Test
    void joinsTheCrumbsOfSeveralFields() {
        assertFound(
                "abcd",
                "session",
                find("Cookie", "session.1=b", "Cookie", "a=b; session.0=a", "Cookie", "session.2=cd"));
        assertThat(find("Cookie", "session.0=a", "Cookie", "session.0=b")).isEqualTo(CONFLICT);
    }

    @Test
    void findsNothingInAnEmptyCookie() {
        assertThat(find("Cookie", "session=")).isEqualTo(new Found.Answer(new TokenVerdict.Absent()));
    }

    @Test
    void findsATokenAsLongAsAllowed() {
        String half = "a".repeat(MAX_BYTES / 2);

        assertFound(half + half, "session", find("Cookie", "session.0=" + half + "; session.1=" + half));
        assertThat(find("Cookie", "session.0=" + half + "; session.1=" + half + "; session.2=a"))
                .isEqualTo(new Found.Answer(new TokenVerdict.Invalid(Reason.TOO_LARGE)));
    }

    @Test
    void refusesMoreChunksThanThereMayBe() {
        assertFound("a".repeat(16), "session", find("Cookie", chunks(16)));
        for (String field : List.of(chunks(17), "session.0=a; session.99999999999999999999=b", "session.16=a")) {
            assertThat(find("Cookie", field)).isEqualTo(new Found.Answer(new TokenVerdict.Invalid(Reason.TOO_LARGE)));
        }
    }

    private static String chunks(int count) {
        return IntStream.range(0, count).mapToObj(i -> "session." + i + "=a").collect(Collectors.joining("; "));
    }

    /** Auth.js falls back to it where the cookie it looks for, perhaps another than was found, is not there. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bearer a.b.c.d.e",
                "bearer a.b.c.d.e",
                "Bearer a%2Eb%2Ec%2Ed%2Ee",
                "Bearer a.b.c.d.e f.g",
                "Bearer abc%"
            })
    void refusesAnEncryptedBearerTokenBesideACookieThoughNotConfigured(String field) {
        assertThat(find("Authorization", field, "Cookie", "session=abc")).isEqualTo(CONFLICT);
        assertThat(find("Authorization", "Basic x", "Authorization", field, "Cookie", "session=abc"))
                .isEqualTo(CONFLICT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer a.b.c", "Bearer opaque", "Basic a.b.c.d.e", "Bearer", ""})
    void leavesOtherCredentialsToTheApplication(String field) {
        assertFound("abc", "session", find("Authorization", field, "Cookie", "session=abc"));
    }

    @Test
    void takesTheSameTokenAsABearerForOne() {
        assertFound("a.b.c.d.e", "session", find("Authorization", "Bearer a.b.c.d.e", "Cookie", "session=a.b.c.d.e"));
    }

    @Test
    void takesABearerTokenOnlyWhereItIsConfigured() {
        var both = new TokenFinder(
                List.of(new Source.Header("Authorization"), new Source.Cookie("session")), MAX_BYTES, true);
        SimpleHead bearer = SimpleHead.get("/", "Authorization", "Bearer a.b.c.d.e");

        assertThat(finder.find(bearer)).isEqualTo(new Found.Answer(new TokenVerdict.Absent()));
        assertThat(both.find(bearer))
                .isInstanceOfSatisfying(
                        TokenText.class, t -> assertThat(t.cookie()).isNull());
        assertFound(
                "abc",
                "session",
                both.find(SimpleHead.get("/", "Authorization", "Bearer abc", "Cookie", "session=abc")));
        assertThat(both.find(SimpleHead.get("/", "Authorization", "Bearer abd", "Cookie", "session=abc")))
                .isEqualTo(CONFLICT);
    }

    // -- at random

    private static final String[] NAMES = {
        "session",
        "session",
        "session.0",
        "session.0",
        "session.1",
        "session.1",
        "session.2",
        "session.3",
        "session.10",
        "session.00",
        "session.01",
        "session.x",
        "session.",
        "sessionX",
        "session-id",
        "Session",
        "xsession",
        "a",
        "theme"
    };

    private enum Outcome {
        FOUND,
        ABSENT,
        REFUSED
    }

    /**
     * Against the reading of Auth.js itself, in the words of its source, by each of the ways in which its servers make a
     * mapping of cookies: whatever we take for the token, all of them join to exactly that.
     */
    @Test
    void takesForTheTokenOnlyWhatEveryAuthJsReads() {
        Random random = new Random(20261125);
        Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
        var one = new TokenFinder(List.of(new Source.Cookie("session")), 1000, true);
        for (int i = 0; i < 200_000; i++) {
            List<String> pairs = IntStream.range(0, random.nextInt(5))
                    .mapToObj(n -> pair(random))
                    .collect(Collectors.toCollection(ArrayList::new));
            if (random.nextInt(3) == 0) {
                IntStream.range(0, 1 + random.nextInt(4)).forEach(n -> pairs.add("session." + n + "=" + value(random)));
                Collections.shuffle(pairs, random);
            }
            Found found = one.find(head(pairs, random));
            String line = String.join("; ", pairs);
            if (found instanceof TokenText token) {
                assertThat(authJs(pairs, true)).as(line).isEqualTo(token.text());
                assertThat(authJs(pairs, false)).as(line).isEqualTo(token.text());
            }
            if (found.equals(new Found.Answer(new TokenVerdict.Absent()))) {
                assertThat(authJs(pairs, true)).as(line).isEmpty();
                assertThat(authJs(pairs, false)).as(line).isEmpty();
            }
            outcomes.merge(
                    found instanceof TokenText
                            ? Outcome.FOUND
                            : found.equals(CONFLICT) ? Outcome.REFUSED : Outcome.ABSENT,
                    1,
                    Integer::sum);
        }
        System.out.println("Auth.js cookies at random: " + outcomes);
        // Were most of a kind, the others would not have been tried.
        assertThat(outcomes.values()).hasSize(3).allMatch(count -> count > 10_000);
    }

    /**
     * With two cookies configured, of which the application knows either: what reaches it is our token or none, also by the
     * bearer that it takes in the place of a cookie it does not find.
     */
    @Test
    void leavesTheApplicationNothingToReadButOurToken() {
        Random random = new Random(20261126);
        List<Source> places = List.of(new Source.Cookie("session"), new Source.Cookie("other"));
        var two = new TokenFinder(places, 1000, true);
        var rivals = new RivalCookies(places);
        int found = 0;
        int among = 0;
        for (int i = 0; i < 200_000; i++) {
            List<String> pairs = IntStream.range(0, random.nextInt(5))
                    .mapToObj(n -> pair(random))
                    .map(pair -> random.nextBoolean() ? pair : pair.replace("session", "other"))
                    .collect(Collectors.toCollection(ArrayList::new));
            SimpleHead head = head(pairs, random);
            String bearer = random.nextInt(3) > 0 ? "" : random.nextBoolean() ? "a.b.c.d.e" : "abcdefgh";
            if (!bearer.isEmpty()) {
                head.add("Authorization", "Bearer " + bearer);
            }
            if (two.find(head) instanceof TokenText token) {
                if (token.isAmongOthers()) {
                    rivals.removeAllBut(head, String.valueOf(token.cookie()));
                    among++;
                }
                List<String> left = pairs(head);
                for (String name : List.of("session", "other")) {
                    List<String> asSession = left.stream()
                            .filter(pair -> pair.startsWith(name))
                            .map(pair -> "session" + pair.substring(name.length()))
                            .toList();
                    String read = authJs(asSession, true);
                    assertThat(read).as(pairs.toString()).isIn(token.text(), "");
                    assertThat(authJs(asSession, false)).as(pairs.toString()).isEqualTo(read);
                    assertThat(read.isEmpty() && bearer.contains(".") ? bearer : token.text())
                            .as(pairs + " and bearer " + bearer)
                            .isEqualTo(token.text());
                }
                found++;
            }
        }
        System.out.println("Auth.js cookies of two names at random: " + found + " found, " + among + " beside others");
        assertThat(found).isGreaterThan(10_000);
        assertThat(among).isGreaterThan(1_000);
    }

    private static List<String> pairs(SimpleHead head) {
        return head.all("Cookie").stream()
                .flatMap(line -> java.util.Arrays.stream(line.split(";", -1)))
                .map(String::strip)
                .filter(pair -> !pair.isEmpty())
                .toList();
    }

    private static String pair(Random random) {
        return NAMES[random.nextInt(NAMES.length)] + "=" + value(random);
    }

    private static String value(Random random) {
        String text = "abcdefgh.-_".substring(0, random.nextInt(12));
        return random.nextInt(20) == 0 ? "\"" + text + "\"" : text;
    }

    /** In one field or, as crumbs, in several. */
    private static SimpleHead head(List<String> pairs, Random random) {
        SimpleHead head = SimpleHead.get("/");
        var line = new StringBuilder();
        for (String pair : pairs) {
            if (!line.isEmpty() && random.nextInt(5) == 0) {
                head.add("Cookie", line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : random.nextBoolean() ? "; " : ";").append(pair);
        }
        head.add("Cookie", line.toString());
        return head;
    }

    /** {@code SessionStore} of next-auth 4 and @auth/core, on a mapping in which the first or the last of a name counts. */
    private static String authJs(List<String> pairs, boolean first) {
        Map<String, String> cookies = new LinkedHashMap<>();
        for (String pair : pairs) {
            String name = pair.substring(0, pair.indexOf('='));
            String value = pair.substring(pair.indexOf('=') + 1).replace("\"", "");
            if (first) {
                cookies.putIfAbsent(name, value);
            } else {
                cookies.put(name, value);
            }
        }
        List<String> chunks = cookies.keySet().stream()
                .filter(name -> name.startsWith("session"))
                .filter(name -> !cookies.getOrDefault(name, "").isEmpty())
                .collect(Collectors.toCollection(ArrayList::new));
        // A NaN makes two names equal; then the order is that of the request, as far as one may rely on a sort.
        if (chunks.stream().allMatch(name -> number(name) != null)) {
            chunks.sort(
                    (a, b) -> Integer.compare(Objects.requireNonNull(number(a)), Objects.requireNonNull(number(b))));
        }
        return chunks.stream().map(name -> cookies.getOrDefault(name, "")).collect(Collectors.joining());
    }

    /** {@code parseInt(name.split(".").pop())}. */
    private static @Nullable Integer number(String name) {
        String last = name.substring(name.lastIndexOf('.') + 1);
        int end = 0;
        while (end < last.length() && Character.isDigit(last.charAt(end))) {
            end++;
        }
        return end == 0 ? null : Integer.valueOf(last.substring(0, end));
    }
}
