package io.sessiongate.token;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.JwsAlgorithms;
import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.SecretBytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * The vectors of Project Wycheproof for JWS, JWE and JWK (resources/wycheproof, with their licence). Most sign no claims,
 * which a token must have, and so they are put to what looks at signatures; none is a token that is let in.
 */
class WycheproofTest {

    private static final Set<String> HMAC = Set.of("HS256", "HS384", "HS512");

    /** What became of the vectors of one file. */
    private static final class Tally {

        private final String file;
        private int validAccepted;
        private int invalidRefused;
        private final Map<String, Integer> validRefused = new TreeMap<>();
        private final List<Integer> contradictory = new ArrayList<>();
        private final List<String> wrong = new ArrayList<>();

        Tally(String file) {
            this.file = file;
        }

        void refusedOnPurpose(String why) {
            validRefused.merge(why, 1, Integer::sum);
        }

        void print() {
            System.out.println("Wycheproof " + file + ": " + validAccepted + " valid accepted, " + invalidRefused
                    + " invalid refused, valid ones refused on purpose: " + validRefused
                    + ", called invalid though the same text is called valid: " + contradictory);
        }
    }

    private interface Judge {
        /** Null for accepted, else why not. */
        @Nullable String refusal(JsonNode keys, String token);
    }

    @Test
    void acceptsGoodSignaturesAndRefusesAllOthers() throws IOException {
        Tally tally = run("json_web_signature_test", "jws", WycheproofTest::refusalOfJws);

        assertThat(tally.wrong).isEmpty();
        assertThat(tally.invalidRefused).isEqualTo(353);
        // "invalidBase64Padding", whose text is that of vector 357, which is valid.
        assertThat(tally.contradictory).containsExactly(367, 370);
        assertThat(tally.validAccepted).isEqualTo(40);
        assertThat(tally.validRefused)
                .isEqualTo(Map.of(
                        "not base64url", 2, // with a question mark in it, which a lenient decoder leaves out
                        "the key is for another algorithm", 4)); // PS256 for PS384, and ES521, which there is not
    }

    @Test
    void acceptsGoodKeySetsAndRefusesAllOthers() throws IOException {
        Tally tally = run("json_web_key_test", "jws", WycheproofTest::refusalOfJws);

        assertThat(tally.wrong).isEmpty();
        assertThat(tally.invalidRefused).isEqualTo(21);
        assertThat(tally.validAccepted).isEqualTo(5);
    }

    /** Only tokens encrypted as Auth.js does are read at all, and none of these is one. */
    @Test
    void letsNoEncryptedTokenIn() throws IOException {
        Tally tally = run("json_web_encryption_test", "jwe", (keys, jwe) -> {
            var signing = new ArrayList<KeyConfig>();
            for (String algorithm : new String[] {"RS256", "ES256", "EdDSA", "HS256"}) {
                signing.add(Tokens.key(algorithm));
            }
            TokenVerdict verdict = Tokens.verifier(Tokens.config(signing.toArray(KeyConfig[]::new)))
                    .prepare(jwe)
                    .run();
            return verdict instanceof TokenVerdict.Valid ? null : "an encryption that no key is for";
        });

        assertThat(tally.wrong).isEmpty();
        assertThat(tally.validAccepted).isZero();
        assertThat(tally.invalidRefused + tally.validRefused.getOrDefault("an encryption that no key is for", 0))
                .isEqualTo(139);
    }

    private static Tally run(String file, String member, Judge judge) throws IOException {
        var tally = new Tally(file);
        for (JsonNode group : read(file).path("testGroups")) {
            var valids = new HashSet<String>();
            JsonNode keys = group.has("public") ? group.path("public") : group.path("private");
            for (JsonNode test : group.path("tests")) {
                String refusal = judge.refusal(keys, test.path(member).asString());
                boolean valid = test.path("result").asString().equals("valid");
                if (valid && refusal == null) {
                    tally.validAccepted++;
                    valids.add(test.path(member).asString());
                } else if (valid) {
                    tally.refusedOnPurpose(Objects.requireNonNull(refusal));
                } else if (refusal != null) {
                    tally.invalidRefused++;
                } else if (valids.contains(test.path(member).asString())) {
                    tally.contradictory.add(test.path("tcId").asInt());
                } else {
                    tally.wrong.add(test.path("tcId") + " " + test.path("comment"));
                }
            }
        }
        tally.print();
        return tally;
    }

    private static JsonNode read(String file) throws IOException {
        try (InputStream in =
                Objects.requireNonNull(WycheproofTest.class.getResourceAsStream("/wycheproof/" + file + ".json"))) {
            return new ObjectMapper().readTree(in);
        }
    }

    private static @Nullable String refusalOfJws(JsonNode jwks, String jws) {
        // An empty payload is no part of a token, but says something about signatures.
        boolean noPayload = jws.contains("..");
        UnverifiedToken token = UnverifiedToken.read(noPayload ? jws.replace("..", ".e30.") : jws);
        if (token == null) {
            return jws.contains("?") ? "not base64url" : "malformed";
        }
        List<VerificationKey> keys = keys(jwks);
        KeyChoice choice = new KeyChoice(
                keys.stream()
                        .map(key -> new KeyChoice.Candidate(
                                key, new JjwtVerifier(key, Duration.ZERO, () -> Tokens.NOW), false))
                        .toList(),
                List.of(),
                null);
        List<KeyChoice.Candidate> candidates = choice.candidates(token, null);
        if (candidates.isEmpty()) {
            return "the key is for another algorithm";
        }
        return candidates.stream().anyMatch(key -> key.signatures().hasGoodSignature(jws)) ? null : "bad signature";
    }

    /** As configured: secrets one by one, public keys as a set. A realm with both is refused in the first vector. */
    private static List<VerificationKey> keys(JsonNode jwks) {
        JsonNode set =
                jwks.has("keys") ? jwks : new ObjectMapper().createObjectNode().set("keys", list(jwks));
        var keys = new ArrayList<VerificationKey>();
        JwkSet read = JwkSet.read(set.toString().getBytes(StandardCharsets.UTF_8), Set.of());
        read.keys()
                .forEach(key -> keys.add(new VerificationKey(key.key(), key.algorithms(), key.kid(), null, List.of())));
        var names = new TreeMap<String, Integer>();
        set.path("keys").forEach(key -> names.merge(key.path("kid").asString(), 1, Integer::sum));
        for (JsonNode key : set.path("keys")) {
            String algorithm = key.path("alg").asString();
            byte[] secret = Base64.getUrlDecoder().decode(key.path("k").asString(""));
            // The configuration takes no two secrets of one kid, no short ones, and none for what is no signature.
            if (key.has("k")
                    && HMAC.contains(algorithm)
                    && keys.isEmpty()
                    && JwsAlgorithms.flaw(secret, Set.of(algorithm)) == null
                    && names.getOrDefault(key.path("kid").asString(), 0) == 1) {
                keys.add(VerificationKey.of(new KeyConfig(
                        Set.of(algorithm), key.path("kid").asString(), new SecretBytes(secret), null, "vector")));
            }
        }
        return keys;
    }

    private static JsonNode list(JsonNode only) {
        return new ObjectMapper().createArrayNode().add(only);
    }
}
