package io.sessiongate.token;

import static io.sessiongate.token.Tokens.SECRET;
import static io.sessiongate.token.Tokens.config;
import static io.sessiongate.token.Tokens.encode;
import static io.sessiongate.token.Tokens.key;
import static io.sessiongate.token.Tokens.signed;
import static io.sessiongate.token.Tokens.verifier;
import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.token.TokenVerdict.Invalid;
import io.sessiongate.token.TokenVerdict.Valid;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Thousands of bent tokens, from a seed: nothing throws, and nothing but the token as it was signed is good. */
class TokenFuzzTest {

    private static final String ALPHABET = "ABCXYZabcxyz0189-_.=+/ \"{}\u0000é\uD800";

    @ParameterizedTest
    @CsvSource({"HS256, 6000", "RS256, 3000", "ES256, 300", "EdDSA, 300"})
    void noBentTokenIsGood(String algorithm, int rounds) {
        TokenVerifier verifier = verifier(config(key(algorithm)));
        String good = signed(algorithm);
        Random random = new Random(20261123);

        for (int i = 0; i < rounds; i++) {
            String bent = bend(good, random);
            TokenVerdict verdict = verifier.prepare(bent).run();
            if (bent.equals(good)) {
                assertThat(verdict).isInstanceOf(Valid.class);
            } else {
                assertThat(verdict).as(bent).isInstanceOf(Invalid.class);
            }
        }
    }

    /** Signed with the right key, so that what is bent reaches the readers of header and claims. */
    @Test
    void bentContentUnderAGoodSignatureNeverThrows() {
        TokenVerifier verifier = verifier(config(key("HS256")));
        Random random = new Random(20261123);
        String header = "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"a\"}";
        String claims = "{\"iss\":\"a\",\"aud\":[\"x\"],\"sub\":\"u1\",\"sid\":1,\"role\":[\"a\"],\"nbf\":1,\"exp\":"
                + (Tokens.NOW_SECONDS + 60) + "}";
        int good = 0;

        for (int i = 0; i < 6000; i++) {
            boolean bendHeader = random.nextInt(3) == 0;
            byte[] h = bendBytes(header, bendHeader ? random : null);
            byte[] c = bendBytes(claims, bendHeader ? null : random);
            String token = Tokens.hmacOfInput("HmacSHA256", SECRET, encode(h) + '.' + encode(c));
            TokenVerdict verdict = verifier.prepare(token).run();
            assertThat(verdict).isInstanceOfAny(Invalid.class, Valid.class);
            good += verdict instanceof Valid ? 1 : 0;
        }
        // Some changes are harmless (a letter of a subject): were all refused, nothing would have been tried.
        assertThat(good).isBetween(100, 5900);
    }

    private static String bend(String token, Random random) {
        var bent = new StringBuilder(token);
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes && bent.length() > 0; i++) {
            int at = random.nextInt(bent.length());
            switch (random.nextInt(6)) {
                case 0 -> bent.setCharAt(at, ALPHABET.charAt(random.nextInt(ALPHABET.length())));
                case 1 -> bent.deleteCharAt(at);
                case 2 -> bent.insert(at, ALPHABET.charAt(random.nextInt(ALPHABET.length())));
                case 3 -> bent.setLength(at);
                case 4 -> bent.insert(at, bent.substring(random.nextInt(bent.length())));
                default -> bendPart(bent, random);
            }
        }
        return bent.toString();
    }

    /** Changes a bit of a part's bytes, so that the part stays base64url. */
    private static void bendPart(StringBuilder token, Random random) {
        String[] parts = token.toString().split("\\.", -1);
        int which = random.nextInt(parts.length);
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(parts[which]);
        } catch (IllegalArgumentException e) {
            return;
        }
        if (bytes.length > 0) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        parts[which] = encode(bytes);
        token.setLength(0);
        token.append(String.join(".", parts));
    }

    private static byte[] bendBytes(String json, @Nullable Random random) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        if (random != null) {
            for (int i = random.nextInt(2); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(random.nextBoolean() ? 128 : 256);
            }
        }
        return bytes;
    }
}
