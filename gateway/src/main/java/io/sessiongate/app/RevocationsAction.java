package io.sessiongate.app;

import io.sessiongate.app.AdminServer.Page;
import io.sessiongate.config.SecretBytes;
import io.sessiongate.flow.Revoker;
import io.sessiongate.session.RevocationSource;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /revocations}: ends sessions for whoever knows the admin secret, on this gateway before the answer goes out.
 * Confined to the admin loop. Who guesses at the secret is slowed down ({@link WrongGuesses}); ids reach neither log nor
 * answer.
 */
final class RevocationsAction implements AdminAction {

    private static final Logger LOG = LoggerFactory.getLogger(RevocationsAction.class);
    private static final String CHALLENGE = "Bearer realm=\"sessiongate admin\"";
    private static final String BEARER = "Bearer ";
    private static final String JSON = "application/json";

    private final byte @Nullable [] secretHash;
    private final Map<String, Revoker> realms;
    private final LongSupplier nanoTime;
    private final WrongGuesses guesses = new WrongGuesses();

    /**
     * The action.
     *
     * @param secret null where nothing may be revoked
     */
    RevocationsAction(@Nullable SecretBytes secret, Map<String, Revoker> realms, LongSupplier nanoTime) {
        this.secretHash = secret == null ? null : sha256(secret.reveal());
        this.realms = Map.copyOf(realms);
        this.nanoTime = nanoTime;
    }

    @Override
    public Page perform(Ask ask) {
        if (secretHash == null) {
            return Problems.page(404, "no-admin-secret", "Nothing can be revoked here: admin.secret is not set.", null);
        }
        if (!ask.method().equals("POST")) {
            return Problems.page(405, "method-not-allowed", "Only POST.", null, Map.of("Allow", "POST"));
        }
        @Nullable Page refusal = authorize(ask, secretHash);
        if (refusal != null) {
            return refusal;
        }
        if (!isJson(ask.contentType())) {
            return Problems.page(415, "unsupported-media-type", "Expected Content-Type: " + JSON + ".", null);
        }
        try {
            return revoke(RevocationOrder.read(ask.body()));
        } catch (RevocationOrder.Unreadable e) {
            return Problems.page(400, "malformed-request", e.message(), e.key());
        }
    }

    private @Nullable Page authorize(Ask ask, byte[] expected) {
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

    private static boolean isJson(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        int semicolon = contentType.indexOf(';');
        return (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
                .strip()
                .equalsIgnoreCase(JSON);
    }

    private Page revoke(RevocationOrder order) throws RevocationOrder.Unreadable {
        @Nullable String name = order.realm();
        if (name == null && realms.size() == 1) {
            name = realms.keySet().iterator().next();
        }
        @Nullable Revoker realm = name == null ? null : realms.get(name);
        if (realm == null) {
            throw new RevocationOrder.Unreadable(
                    "realm",
                    (name == null ? "missing" : "no such realm")
                            + (realms.isEmpty()
                                    ? "; there is none"
                                    : "; expected one of " + String.join(", ", new TreeSet<>(realms.keySet()))));
        }
        order.sessions().forEach(id -> realm.endSession(id, RevocationSource.ADMIN));
        order.subjects().forEach(id -> realm.endSubject(id, RevocationSource.ADMIN));
        LOG.atInfo()
                .addKeyValue("realm", name)
                .addKeyValue("sessions", order.sessions().size())
                .addKeyValue("subjects", order.subjects().size())
                .log("Revoked through the admin port");
        return new Page(
                200,
                JSON,
                "{\"revoked\":{\"sessions\":" + order.sessions().size() + ",\"subjects\":"
                        + order.subjects().size() + "}}\n");
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
