package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.session.RevocationPayload.Kind;
import io.sessiongate.token.Fingerprint;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RevocationPayloadTest {

    private static final String A = Fingerprint.hexOf("a");
    private static final String B = Fingerprint.hexOf("b");

    @ParameterizedTest
    @CsvSource({"s, SESSION_ENDED", "u, SUBJECT_ENDED", "c, SESSION_CHANGED", "d, SUBJECT_CHANGED"})
    void readsWhatItIsAbout(char letter, Kind kind) {
        assertThat(RevocationPayload.parse(letter + ":" + A))
                .isEqualTo(new RevocationPayload(kind, List.of(Fingerprint.of("a"))));
        assertThat(RevocationPayload.parse(letter + ":" + A + "," + B))
                .isEqualTo(new RevocationPayload(kind, List.of(Fingerprint.of("a"), Fingerprint.of("b"))));
    }

    @Test
    void readsAPingWhateverItsNonce() {
        assertThat(RevocationPayload.parse("p:1f")).isEqualTo(new RevocationPayload(Kind.PING, List.of()));
    }

    @Test
    void readsThatATriggerFailed() {
        assertThat(RevocationPayload.parse("x:")).isEqualTo(new RevocationPayload(Kind.UNTOLD, List.of()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "s",
                "s:",
                "p:",
                "x:HEX",
                "s;HEX",
                "s:HEX,",
                "s:,HEX",
                "s:HEXHEX",
                "s: HEX",
                "s:HEX ",
                "s:HEX;HEX"
            })
    void ignoresWhatIsNotOfTheForm(String text) {
        assertThat(RevocationPayload.parse(text.replace("HEX", A))).isNull();
        assertThat(RevocationPayload.parse(text.replace("HEX", A.toUpperCase(java.util.Locale.ROOT))))
                .isNull();
    }

    @Test
    void takesAPayloadAsAWholeOrNotAtAll() {
        assertThat(RevocationPayload.parse("s:" + A + "," + B.replace(B.charAt(5), 'g')))
                .isNull();
    }

    @Test
    void asManyAsItWritesAtMostFitIntoANotification() {
        List<String> hexes = IntStream.range(0, RevocationPayload.MOST)
                .mapToObj(i -> Fingerprint.hexOf("id" + i))
                .toList();

        String payload = RevocationPayload.write(Kind.SUBJECT_ENDED, hexes);

        assertThat(payload.getBytes(StandardCharsets.UTF_8)).hasSizeBetween(7_900, 7_999);
        assertThat(RevocationPayload.parse(payload))
                .isEqualTo(new RevocationPayload(
                        Kind.SUBJECT_ENDED,
                        IntStream.range(0, RevocationPayload.MOST)
                                .mapToObj(i -> Fingerprint.of("id" + i))
                                .toList()));
    }

    /** Against the form as a pattern, on valid payloads and on what is one to four edits away. */
    @Test
    void takesExactlyWhatIsOfTheForm() {
        Pattern form = Pattern.compile("(?s)x:|p:.{1,7997}|[sucd]:[0-9a-f]{64}(,[0-9a-f]{64}){0,122}");
        SplittableRandom random = new SplittableRandom(3);
        int taken = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder("sucdp".charAt(random.nextInt(5)) + ":" + Fingerprint.hexOf("" + i));
            int more = random.nextInt(20) == 0 ? random.nextInt(130) : random.nextInt(3);
            for (int j = 0; j < more; j++) {
                text.append(',').append(A);
            }
            int edits = random.nextInt(5);
            for (int j = 0; j < edits; j++) {
                edit(text, random);
            }
            boolean isOfTheForm = form.matcher(text).matches();
            RevocationPayload parsed = RevocationPayload.parse(text.toString());

            assertThat(parsed != null).as(text.toString()).isEqualTo(isOfTheForm);
            taken += parsed != null ? 1 : 0;
        }
        assertThat(taken).isBetween(2_000, 18_000);
    }

    private static void edit(StringBuilder text, SplittableRandom random) {
        String alphabet = "0123456789abcdefgF,:; \0é\n٣sup";
        char c = alphabet.charAt(random.nextInt(alphabet.length()));
        int at = random.nextInt(text.length() + 1);
        switch (random.nextInt(4)) {
            case 0 -> text.insert(at, c);
            case 1 -> text.replace(at, Math.min(at + 1, text.length()), String.valueOf(c));
            case 2 -> text.delete(at, Math.min(at + 1, text.length()));
            default -> text.setLength(Math.max(1, at));
        }
    }
}
