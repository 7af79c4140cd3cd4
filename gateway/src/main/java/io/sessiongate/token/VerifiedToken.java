package io.sessiongate.token;

import java.util.Map;
import java.util.Set;

/**
 * What a token says once its signature, issuer, audience and times were found good. Immutable and shared by all requests
 * that carry the same token: identity (==) may be used as "same token".
 */
public final class VerifiedToken {

    private final String subject;
    private final String sessionId;
    private final Fingerprint sessionKey;
    private final Fingerprint subjectKey;
    private final Set<String> roles;
    private final long issuedAtEpochMillis;
    private final long expiresAtEpochMillis;
    private final Map<String, Object> claims;
    private final String sha256;

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
        this.subject = subject;
        this.sessionId = sessionId;
        this.sessionKey = Fingerprint.of(sessionId);
        this.subjectKey = Fingerprint.of(subject);
        this.roles = Set.copyOf(roles);
        this.issuedAtEpochMillis = issuedAtEpochMillis;
        this.expiresAtEpochMillis = expiresAtEpochMillis;
        this.claims = claims;
        this.sha256 = sha256;
    }

    public String subject() {
        return subject;
    }

    public String sessionId() {
        return sessionId;
    }

    /** What the session is remembered and told of by. */
    public Fingerprint sessionKey() {
        return sessionKey;
    }

    /** What the subject is remembered and told of by. */
    public Fingerprint subjectKey() {
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

    /** Names nothing of the token: this may reach a log. */
    @Override
    public String toString() {
        return "VerifiedToken";
    }
}
