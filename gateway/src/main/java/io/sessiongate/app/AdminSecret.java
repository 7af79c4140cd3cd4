package io.sessiongate.app;

import io.sessiongate.app.AdminServer.Page;
import io.sessiongate.config.SecretBytes;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who may do something on the admin port: whoever knows the secret. Who guesses at it is slowed down ({@link WrongGuesses}). Confined
 * to the admin loop, but for {@link #become}.
 */
final class AdminSecret {

    private static final String CHALLENGE = "Bearer realm=\"sessiongate admin\"";
    private static final String BEARER = "Bearer ";

    private final LongSupplier nanoTime;
    private final WrongGuesses guesses = new WrongGuesses();
    private volatile byte @Nullable [] hash;

    /** {@code secret}: null where nothing may be done. */
    AdminSecret(@Nullable SecretBytes secret, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        become(secret);
    }

    /** It is another one from now on. Any thread. */
    void become(@Nullable SecretBytes secret) {
        hash = secret == null ? null : sha256(secret.reveal());
    }

    /**
     * Why a request may not do anything, or null where it may.
     *
     * @param what cannot be done where there is no secret, as in a sentence
     */
    @Nullable Page refusal(AdminAction.Ask ask, String what) {
        byte[] expected = hash;
        if (expected == null) {
            return Problems.page(404, "no-admin-secret", what + " here: admin.secret is not set.", null);
        }
        if (!ask.method().equals("POST")) {
            return Problems.page(405, "method-not-allowed", "Only POST.", null, Map.of("Allow", "POST"));
        }
        return authorize(ask, expected);
    }

    private @Nullable Page authorize(AdminAction.Ask ask, byte[] expected) {
        long nowNanos = nanoTime.getAsLong();
        if (!guesses.mayTry(ask.peer(), nowNanos)) {
            return Problems.page(
                    429, "too-many-guesses", "Too many wrong secrets; try again.", null, Map.of("Retry-After", "1"));
        }
        @Nullable String given = bearer(ask.authorization());
        // Hashed, so that neither contents nor length can be told from the time the comparison takes.
        if (given != null && MessageDigest.isEqual(expected, sha256(given.getBytes(StandardCharsets.ISO_8859_1)))) {
            return null;
        }
        guesses.wrong(ask.peer(), nowNanos);
        return Problems.page(
                401,
                given == null ? "secret-missing" : "secret-wrong",
                given == null
                        ? "Expected Authorization: Bearer and the admin secret."
                        : "This is not the admin secret.",
                null,
                Map.of("WWW-Authenticate", given == null ? CHALLENGE : CHALLENGE + ", error=\"invalid_token\""));
    }

    private static @Nullable String bearer(@Nullable String authorization) {
        return authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? authorization.substring(BEARER.length()).strip()
                : null;
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
