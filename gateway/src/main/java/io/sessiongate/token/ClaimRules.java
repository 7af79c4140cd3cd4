package io.sessiongate.token;

import io.sessiongate.config.TokenConfig;
import io.sessiongate.token.TokenVerdict.Reason;
import java.math.BigInteger;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the claims of a token with a good signature must say, as a function of the claims and the time. Immutable, for any
 * thread.
 */
final class ClaimRules {

    /** 9999-12-31T23:59:59Z. Beyond it are times in milliseconds, written where seconds belong. */
    private static final long MAX_EPOCH_SECONDS = 253_402_300_799L;

    /** Longest subject, session id or role, in characters. */
    private static final int MAX_TEXT = 512;

    private static final int MAX_ROLES = 256;

    private final @Nullable String issuer;
    private final List<String> audience;
    private final long clockSkewMillis;
    private final ClaimPath subject;
    private final ClaimPath session;
    private final @Nullable ClaimPath version;
    private final ClaimPath roles;

    ClaimRules(TokenConfig config) {
        this.issuer = config.issuer();
        this.audience = config.audience();
        this.clockSkewMillis = config.clockSkew().toMillis();
        this.subject = new ClaimPath(config.claims().subject());
        this.session = new ClaimPath(config.claims().session());
        String versionClaim = config.claims().version();
        this.version = versionClaim == null ? null : new ClaimPath(versionClaim);
        this.roles = new ClaimPath(config.claims().roles());
    }

    /** Whether a token is over at that time: from {@code exp} on (RFC 7519 section 4.1.4), the skew granted. */
    boolean isExpired(VerifiedToken token, long nowEpochMillis) {
        return nowEpochMillis >= token.expiresAtEpochMillis() + clockSkewMillis;
    }

    /** Whether claims that nobody has proved say that their token is over. */
    boolean saysItIsOver(Map<String, Object> unproved, long nowEpochMillis) {
        try {
            Long expires = epochMillis(unproved, "exp");
            return expires != null && nowEpochMillis >= expires + clockSkewMillis;
        } catch (Refusal e) {
            return false;
        }
    }

    /** Judges the claims of a token whose signature is good, by the realm's issuer and audience. */
    TokenVerdict apply(String token, Map<String, Object> claims, long nowEpochMillis) {
        return apply(token, claims, nowEpochMillis, issuer, audience);
    }

    /**
     * The same by the issuer and the audience of the key that signed it.
     *
     * @param ofKey required {@code iss}; null means the realm's
     * @param forKey accepted values of {@code aud}; empty means the realm's
     */
    TokenVerdict applyTo(
            String token,
            Map<String, Object> claims,
            long nowEpochMillis,
            @Nullable String ofKey,
            List<String> forKey) {
        return apply(
                token, claims, nowEpochMillis, ofKey == null ? issuer : ofKey, forKey.isEmpty() ? audience : forKey);
    }

    private TokenVerdict apply(
            String token,
            Map<String, Object> claims,
            long nowEpochMillis,
            @Nullable String wantedIssuer,
            List<String> wantedAudience) {
        try {
            VerifiedToken verified = read(token, claims, nowEpochMillis, wantedIssuer, wantedAudience);
            return isExpired(verified, nowEpochMillis)
                    ? Verdicts.invalid(Reason.EXPIRED)
                    : new TokenVerdict.Valid(verified);
        } catch (Refusal e) {
            return Verdicts.invalid(e.reason);
        }
    }

    private VerifiedToken read(
            String token,
            Map<String, Object> claims,
            long nowEpochMillis,
            @Nullable String wantedIssuer,
            List<String> wantedAudience)
            throws Refusal {
        Long expires = epochMillis(claims, "exp");
        if (expires == null) {
            throw new Refusal(Reason.MISSING_CLAIM);
        }
        Long notBefore = epochMillis(claims, "nbf");
        Long issued = epochMillis(claims, "iat");
        long latest = nowEpochMillis + clockSkewMillis;
        if ((notBefore != null && notBefore > latest) || (issued != null && issued > latest)) {
            throw new Refusal(Reason.NOT_YET_VALID);
        }
        if (wantedIssuer != null && !wantedIssuer.equals(claims.get("iss"))) {
            throw new Refusal(Reason.WRONG_ISSUER);
        }
        if (!wantedAudience.isEmpty() && !names(claims.get("aud"), wantedAudience)) {
            throw new Refusal(Reason.WRONG_AUDIENCE);
        }
        String user = text(subject.in(claims));
        return new VerifiedToken(
                user,
                session(user, claims),
                roles(roles.in(claims)),
                issued == null ? -1 : issued,
                expires,
                claims,
                TokenHash.of(token));
    }

    /**
     * The session's id. Where the user's row has a number that ends all tokens with another one, that number and the user: a
     * token with another number is another session. No colon in it, so that no two pairs make the same id.
     */
    private String session(String user, Map<String, Object> claims) throws Refusal {
        if (version == null) {
            return text(session.in(claims));
        }
        String number = text(version.in(claims));
        if (number.indexOf(':') >= 0) {
            throw new Refusal(Reason.MALFORMED);
        }
        return number + ":" + user;
    }

    /** A NumericDate (RFC 7519 section 2), whole seconds only; null where the claim is not there. */
    private static @Nullable Long epochMillis(Map<String, Object> claims, String name) throws Refusal {
        if (!claims.containsKey(name)) {
            return null;
        }
        Object value = claims.get(name);
        if (!(value instanceof Integer) && !(value instanceof Long)) {
            throw new Refusal(Reason.MALFORMED);
        }
        long seconds = ((Number) value).longValue();
        if (seconds < 0 || seconds > MAX_EPOCH_SECONDS) {
            throw new Refusal(Reason.MALFORMED);
        }
        return seconds * 1000;
    }

    /** One text or a list of them (RFC 7519 section 4.1.3). */
    private static boolean names(@Nullable Object value, List<String> audience) {
        return value instanceof Collection<?> several
                ? several.stream().anyMatch(audience::contains)
                : value instanceof String one && audience.contains(one);
    }

    private static String text(@Nullable Object value) throws Refusal {
        if (value == null || value.equals("")) {
            throw new Refusal(Reason.MISSING_CLAIM);
        }
        if (value instanceof Integer || value instanceof Long || value instanceof BigInteger) {
            return value.toString();
        }
        if (value instanceof String text && isClean(text)) {
            return text;
        }
        throw new Refusal(Reason.MALFORMED);
    }

    /** A list of texts or one text with spaces between; a role is never empty. */
    private static Set<String> roles(@Nullable Object value) throws Refusal {
        Collection<?> found;
        if (value == null) {
            return Set.of();
        } else if (value instanceof Collection<?> list) {
            found = list;
        } else if (value instanceof String line) {
            found = words(line);
        } else {
            throw new Refusal(Reason.MALFORMED);
        }
        var roles = new LinkedHashSet<String>();
        for (Object role : found) {
            if (!(role instanceof String name) || name.isEmpty() || !isClean(name) || roles.size() == MAX_ROLES) {
                throw new Refusal(Reason.MALFORMED);
            }
            roles.add(name);
        }
        return roles;
    }

    private static Set<String> words(String line) {
        var words = new LinkedHashSet<String>();
        int from = 0;
        while (from < line.length()) {
            int space = line.indexOf(' ', from);
            int to = space < 0 ? line.length() : space;
            if (to > from) {
                words.add(line.substring(from, to));
            }
            from = to + 1;
        }
        return words;
    }

    /**
     * Whether the text may be compared, stored and written to a header: no control character, and no half of a surrogate
     * pair, which would become a question mark on its way to the database and so name somebody else.
     */
    private static boolean isClean(String text) {
        if (text.length() > MAX_TEXT) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            int point = text.codePointAt(i);
            if (Character.isISOControl(point)
                    || (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE)) {
                return false;
            }
            i += Character.charCount(point) - 1;
        }
        return true;
    }

    /** Leaves the reading of claims early; without a stack trace, as it is an answer and not an accident. */
    private static final class Refusal extends Exception {

        private static final long serialVersionUID = 1;

        private final Reason reason;

        Refusal(Reason reason) {
            super(null, null, false, false);
            this.reason = reason;
        }
    }
}
