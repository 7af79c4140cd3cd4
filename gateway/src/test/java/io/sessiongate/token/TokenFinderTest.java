package io.sessiongate.token;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.TokenConfig.Source;
import io.sessiongate.testing.SimpleHead;
import io.sessiongate.token.TokenVerdict.Reason;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenFinderTest {

    private static final int MAX_BYTES = 20;

    private final TokenFinder finder = new TokenFinder(
            List.of(
                    new Source.Header("Authorization"),
                    new Source.Cookie("session"),
                    new Source.Header("X-Access-Token")),
            MAX_BYTES);

    @ParameterizedTest
    @ValueSource(strings = {"Bearer abc", "bearer abc", "BEARER abc", "Bearer   abc", " Bearer abc \t"})
    void findsABearerToken(String field) {
        assertFound("abc", "Authorization", field);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Basic abc", "Bearerabc", "Bearer", "Bearer ", "", "Bearer\tabc", "BearerX abc", "abc"})
    void takesNoTokenFromOtherSchemesAndEmptyValues(String field) {
        assertAbsent("Authorization", field);
    }

    @Test
    void leavesTheJudgementOfSeveralWordsToTheVerifier() {
        assertFound("a, Bearer b", "Authorization", "Bearer a, Bearer b");
    }

    @Test
    void refusesASecondAuthorizationFieldEvenOfTheSameText() {
        assertConflict("Authorization", "Bearer abc", "Authorization", "Bearer abc");
    }

    @Test
    void refusesASecondAuthorizationFieldOfAnotherScheme() {
        assertConflict("Authorization", "Basic abc", "Authorization", "Bearer abc");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "session=abc",
                "a=b; session=abc",
                "session=abc; a=b",
                "session=abc;a=b",
                "a=b;session=abc",
                ";;session=abc;",
                " session = abc ",
                "session=\"abc\"",
                "session=\"abc\" ; a=\"x\"",
                "session=abc; session=abc",
                "session=abc; session=\"abc\"",
                "session=; session=abc",
                "xsession=evil; session=abc",
                "session=abc; sessionx=evil",
                "session.0=evil; session=abc; __Secure-session=evil",
                "Session=evil; session=abc",
                "a=session=evil; session=abc",
                "session; session=abc",
                "=session; session=abc"
            })
    void findsACookieByItsExactName(String field) {
        assertFound("abc", "Cookie", field);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ";",
                "session",
                "session=",
                "session= ",
                "session=\"\"",
                "xsession=abc",
                "my session=abc",
                "SESSION=abc",
                "sess=abc; ion=abc",
                "a=b, session=abc"
            })
    void findsNothingInCookiesOfOtherNamesOrWithoutValue(String field) {
        assertAbsent("Cookie", field);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "session=abc; session=abd",
                "session=abc; a=b; session=abcd",
                "session=abc; session =abd",
                "session=abc; a=\"; session=evil; \""
            })
    void refusesACookieThatComesTwiceWithDifferentValues(String field) {
        assertConflict("Cookie", field);
    }

    @Test
    void readsAllCookieFields() {
        assertFound("abc", "Cookie", "a=b", "Cookie", "c=d", "Cookie", "session=abc");
    }

    @Test
    void refusesCookieFieldsThatDisagree() {
        assertConflict("Cookie", "session=abc", "Cookie", "session=abd");
    }

    @Test
    void takesAQuoteThatIsNotClosedAsItIs() {
        assertFound("\"abc", "Cookie", "session=\"abc");
    }

    @Test
    void takesOtherHeadersAsTheBareToken() {
        assertFound("abc", "x-access-token", " abc ");
    }

    @Test
    void refusesOtherHeadersThatDisagree() {
        assertConflict("X-Access-Token", "abc", "X-Access-Token", "abd");
    }

    @Test
    void takesTheSameTokenInSeveralPlacesAsOne() {
        assertFound("abc", "Authorization", "Bearer abc", "Cookie", "session=abc", "X-Access-Token", "abc");
    }

    @Test
    void refusesDifferentTokensInDifferentPlaces() {
        assertConflict("Authorization", "Bearer abc", "Cookie", "session=abd");
    }

    @Test
    void ignoresABasicLoginBesideACookie() {
        assertFound("abc", "Authorization", "Basic xyz", "Cookie", "session=abc");
    }

    @Test
    void looksAtATokenOfTheLargestSize() {
        assertFound("a".repeat(MAX_BYTES), "Cookie", "session=" + "a".repeat(MAX_BYTES));
    }

    @Test
    void refusesATokenBeyondTheLargestSize() {
        assertThat(find("Cookie", "session=" + "a".repeat(MAX_BYTES + 1)))
                .isEqualTo(new Found.Answer(new TokenVerdict.Invalid(Reason.TOO_LARGE)));
    }

    @Test
    void refusesATokenBeyondTheLargestSizeBesideAGoodOne() {
        assertThat(find("Authorization", "Bearer abc", "Cookie", "session=" + "a".repeat(MAX_BYTES + 1)))
                .isEqualTo(new Found.Answer(new TokenVerdict.Invalid(Reason.TOO_LARGE)));
    }

    @Test
    void findsNothingInARequestWithoutAny() {
        assertAbsent("Host", "example.com");
    }

    @Test
    void doesNotLookWhereItWasNotTold() {
        var headerOnly = new TokenFinder(List.of(new Source.Header("Authorization")), MAX_BYTES);

        assertThat(headerOnly.find(SimpleHead.get("/", "Cookie", "session=abc")))
                .isEqualTo(new Found.Answer(new TokenVerdict.Absent()));
    }

    private Found find(String... fields) {
        return finder.find(SimpleHead.get("/", fields));
    }

    private void assertFound(String token, String... fields) {
        assertThat(find(fields))
                .isInstanceOfSatisfying(
                        TokenText.class, t -> assertThat(t.text()).isEqualTo(token));
    }

    private void assertAbsent(String... fields) {
        assertThat(find(fields)).isEqualTo(new Found.Answer(new TokenVerdict.Absent()));
    }

    private void assertConflict(String... fields) {
        assertThat(find(fields)).isEqualTo(new Found.Answer(new TokenVerdict.Conflict()));
    }
}
