package io.sessiongate.demo;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The application's session tokens: JWTs signed with HS256, as an application without a gateway would make and check
 * them for itself. One fixed header, nothing else is read. Thread-safe.
 */
public final class SessionTokens {

    /** Value of {@code iss}. */
    public static final String ISSUER = "sessiongate-demo";

    private static final int MAX_LENGTH = 4096;
    private static final String HEADER = encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8));

    private final byte[] secret;
    private final InstantSource clock;

    public SessionTokens(byte[] secret, InstantSource clock) {
        if (secret.length < 32) {
            throw new IllegalArgumentException("HS256 needs a secret of at least 32 bytes (RFC 7518 section 3.2)");
        }
        this.secret = secret.clone();
        this.clock = clock;
    }

    /** A secret for HS256 as printable text, for the UTF-8 bytes of which a gateway is configured. */
    public static String randomSecret() {
        byte[] bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** A token for this session that expires after {@code life}. */
    public String mint(String subject, String sessionId, String role, Duration life) {
        long now = clock.instant().getEpochSecond();
        var claims = new LinkedHashMap<String, Object>();
        claims.put("iss", ISSUER);
        claims.put("sub", subject);
        claims.put("sid", sessionId);
        claims.put("role", role);
        claims.put("iat", now);
        claims.put("exp", now + life.toSeconds());
        String signed = HEADER + "." + encode(Json.bytes(claims));
        return signed + "." + encode(hmac(signed));
    }

    /** The claims of a token of ours that has not expired; empty for anything else. */
    Optional<Claims> verify(String token) {
        String[] parts = token.length() > MAX_LENGTH ? new String[0] : token.split("\\.", -1);
        if (parts.length != 3 || !parts[0].equals(HEADER)) {
            return Optional.empty();
        }
        try {
            if (!MessageDigest.isEqual(
                    hmac(parts[0] + "." + parts[1]), Base64.getUrlDecoder().decode(parts[2]))) {
                return Optional.empty();
            }
            JsonNode claims = Json.read(Base64.getUrlDecoder().decode(parts[1]));
            boolean expired = claims.path("exp").asLong(0) <= clock.instant().getEpochSecond();
            return expired || !claims.path("iss").asString("").equals(ISSUER)
                    ? Optional.empty()
                    : Optional.of(new Claims(
                            claims.path("sub").asString(""),
                            claims.path("sid").asString(""),
                            claims.path("role").asString("")));
        } catch (IllegalArgumentException | JacksonException e) {
            return Optional.empty();
        }
    }

    /** What a token says. */
    record Claims(String subject, String sessionId, String role) {}

    private byte[] hmac(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
