package io.sessiongate.token;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A compact JWS (RFC 7515 section 3.1) of which only the form was looked at: nothing in it is proved. It decides which
 * keys are tried, and where, and no more.
 *
 * @param text the token as received
 * @param algorithm member {@code alg} of the header
 * @param keyId member {@code kid} of the header
 * @param payload base64url of the claims
 */
record UnverifiedToken(
        String text, String algorithm, @Nullable String keyId, String payload) {

    /** Characters of base64url. Beyond the usual members there is room for a certificate chain in {@code x5c}. */
    private static final int MAX_HEADER_CHARACTERS = 8192;

    private static final int MAX_KEY_ID_CHARACTERS = 512;

    /**
     * Characters that an event loop verifies by HMAC, those of each key to try counted. Reading the claims, decoding and the
     * hash grow with the token: 14 µs for a usual one of a few hundred characters, beyond 100 µs from about 5,000 on. A cookie has at
     * most 4,096 in browsers, its name included, so that a token in one cookie and with one key stays on the loop.
     */
    private static final int MOST_ON_A_LOOP = 4 * 1024;

    /** Reads the form of a token; null where it is none that may be looked at further. Never throws. */
    static @Nullable UnverifiedToken read(String text) {
        int payloadStart = text.indexOf('.') + 1;
        int signatureStart = text.indexOf('.', payloadStart) + 1;
        // A JWE has five parts. A part must not be empty: an empty signature would be an unsecured JWS.
        if (payloadStart == 0
                || signatureStart == 0
                || payloadStart > MAX_HEADER_CHARACTERS
                || !isBase64Url(text, 0, payloadStart - 1)
                || !isBase64Url(text, payloadStart, signatureStart - 1)
                || !isBase64Url(text, signatureStart, text.length())) {
            return null;
        }
        try {
            Map<String, Object> header = decode(text.substring(0, payloadStart - 1));
            return isPlain(header) && header.get("alg") instanceof String algorithm
                    ? new UnverifiedToken(
                            text,
                            algorithm,
                            (String) header.get("kid"),
                            text.substring(payloadStart, signatureStart - 1))
                    : null;
        } catch (RuntimeException e) {
            // Whatever the reader says of bytes from a stranger, the answer is the same.
            return null;
        }
    }

    /** The claims as they stand in the token. */
    Map<String, Object> claims() {
        return decode(payload);
    }

    /** Whether to try that many HMAC keys and to read the claims takes too long for an event loop (100 µs). */
    boolean isSlowToVerifyWith(int keys) {
        return (long) keys * text.length() > MOST_ON_A_LOOP;
    }

    /** Decodes a part that holds a JSON object; throws what the readers throw. */
    static Map<String, Object> decode(String part) {
        return StrictJson.object(Base64.getUrlDecoder().decode(part.getBytes(StandardCharsets.ISO_8859_1)));
    }

    /** Nothing of the token: this may reach a log. */
    @Override
    public String toString() {
        return "UnverifiedToken";
    }

    /**
     * Whether the header asks for nothing beyond a signature over base64url. Extensions are refused, all of them:
     * {@code crit} and {@code b64} change what is signed (RFC 7797), {@code zip} inflates a small token to anything,
     * {@code enc} belongs to a JWE, an embedded {@code jwk} is a stranger's word on which key to trust.
     */
    private static boolean isPlain(Map<String, Object> header) {
        return !header.containsKey("crit")
                && !header.containsKey("b64")
                && !header.containsKey("zip")
                && !header.containsKey("enc")
                && !header.containsKey("jwk")
                && hasKeyIdOrNone(header)
                && hasFittingType(header);
    }

    private static boolean hasKeyIdOrNone(Map<String, Object> header) {
        return !header.containsKey("kid")
                || (header.get("kid") instanceof String keyId && keyId.length() <= MAX_KEY_ID_CHARACTERS);
    }

    /**
     * A token of another kind by the same issuer and key is not a login (RFC 8725 section 3.11): {@code logout+jwt},
     * {@code dpop+jwt}, {@code secevent+jwt} and their like are refused; {@code JWT}, {@code at+jwt} and none pass.
     */
    private static boolean hasFittingType(Map<String, Object> header) {
        if (!header.containsKey("typ")) {
            return true;
        }
        if (!(header.get("typ") instanceof String declared)) {
            return false;
        }
        String type = declared.toLowerCase(Locale.ROOT);
        return !type.endsWith("+jwt") || type.equals("at+jwt") || type.equals("application/at+jwt");
    }

    /**
     * Whether the part is base64url without padding (RFC 7515 section 2) whose unused last bits are zero (RFC 4648
     * section 3.5): else one signature had several spellings, and one token several texts.
     */
    static boolean isBase64Url(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            if (valueOf(text.charAt(i)) < 0) {
                return false;
            }
        }
        int last = to > from ? valueOf(text.charAt(to - 1)) : 0;
        return switch ((to - from) % 4) {
            case 0 -> to > from;
            case 2 -> (last & 0xF) == 0;
            case 3 -> (last & 0x3) == 0;
            default -> false;
        };
    }

    private static int valueOf(char c) {
        if (c >= 'A' && c <= 'Z') {
            return c - 'A';
        }
        if (c >= 'a' && c <= 'z') {
            return c - 'a' + 26;
        }
        if (c >= '0' && c <= '9') {
            return c - '0' + 52;
        }
        return c == '-' ? 62 : c == '_' ? 63 : -1;
    }
}
