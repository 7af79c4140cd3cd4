package io.sessiongate.token;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a token says once its signature, issuer, audience and times were found good; or an {@linkplain #opaque opaque} one, which
 * says nothing. Shared by all requests that carry the same token: identity (==) may be used as "same token". Immutable, but
 * for one place in which a result that was worked out of it can be kept as long as the token itself. For any thread.
 */
public final class VerifiedToken {

    /** 9999-12-31T23:59:59Z, which leaves room for sums. */
    private static final long NEVER_EPOCH_MILLIS = 253_402_300_799_000L;

    private static final VarHandle DERIVED;

    static {
        try {
            DERIVED = MethodHandles.lookup().findVarHandle(VerifiedToken.class, "derived", Object.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final @Nullable String subject;
    private final String sessionId;
    private final Fingerprint sessionKey;
    private final @Nullable Fingerprint subjectKey;
    private final Set<String> roles;
    private final long issuedAtEpochMillis;
    private final long expiresAtEpochMillis;
    private final Map<String, Object> claims;
    private final String sha256;
    private volatile @Nullable Object derived;

    /**
     * Holds the facts of one token.
     *
     * @param issuedAtEpochMillis {@code iat}, or -1 where the token has none
     * @param expiresAtEpochMillis {@code exp}, without any clock skew added
     * @param claims all claims, nested objects as maps; no copy is made, must not change
     * @param sha256 base64url without padding of the SHA-256 of the token's bytes as received
     */
    public VerifiedToken(
            String subject,
            String sessionId,
            Set<String> roles,
            long issuedAtEpochMillis,
            long expiresAtEpochMillis,
            Map<String, Object> claims,
            String sha256) {
        this(
                subject,
                Fingerprint.of(subject),
                sessionId,
                roles,
                issuedAtEpochMillis,
                expiresAtEpochMillis,
                claims,
                sha256);
    }

    private VerifiedToken(
            @Nullable String subject,
            @Nullable Fingerprint subjectKey,
            String sessionId,
            Set<String> roles,
            long issuedAtEpochMillis,
            long expiresAtEpochMillis,
            Map<String, Object> claims,
            String sha256) {
        this.subject = subject;
        this.sessionId = sessionId;
        this.sessionKey = Fingerprint.of(sessionId);
        this.subjectKey = subjectKey;
        this.roles = Set.copyOf(roles);
        this.issuedAtEpochMillis = issuedAtEpochMillis;
        this.expiresAtEpochMillis = expiresAtEpochMillis;
        this.claims = claims;
        this.sha256 = sha256;
    }

    /** The token that is nothing but a session's id: whose the session is and when it ends only its row says. */
    static VerifiedToken opaque(String sessionId, String sha256) {
        return new VerifiedToken(null, null, sessionId, Set.of(), -1, NEVER_EPOCH_MILLIS, Map.of(), sha256);
    }

    /** Whether the token is nothing but a session's id. */
    public boolean isOpaque() {
        return subject == null;
    }

    /** Never of an opaque token, which names nobody: nothing may go on as if it did. */
    public String subject() {
        if (subject == null) {
            throw new IllegalStateException("an opaque token has no subject");
        }
        return subject;
    }

    public String sessionId() {
        return sessionId;
    }

    /** What the session is remembered and told of by. */
    public Fingerprint sessionKey() {
        return sessionKey;
    }

    /** What the subject is remembered and told of by; never of an opaque token. */
    public Fingerprint subjectKey() {
        if (subjectKey == null) {
            throw new IllegalStateException("an opaque token has no subject");
        }
        return subjectKey;
    }

    public Set<String> roles() {
        return roles;
    }

    /** Time of issue in milliseconds since the epoch, or -1 where the token has none. */
    public long issuedAtEpochMillis() {
        return issuedAtEpochMillis;
    }

    public long expiresAtEpochMillis() {
        return expiresAtEpochMillis;
    }

    public Map<String, Object> claims() {
        return claims;
    }

    /** The token's SHA-256 in base64url without padding: claim {@code sth} of the assertion. */
    public String sha256() {
        return sha256;
    }

    /** What was kept with it last, or null. Whoever reads it must see by itself whether it is of any use to it. */
    public @Nullable Object derived() {
        return derived;
    }

    /** Keeps that in place of what was seen before; false, without effect, where another was faster. */
    public boolean derived(@Nullable Object seen, Object result) {
        return DERIVED.compareAndSet(this, seen, result);
    }

    /** Names nothing of the token: this may reach a log. */
    @Override
    public String toString() {
        return "VerifiedToken";
    }
}
