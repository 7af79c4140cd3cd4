package io.sessiongate.identity;

import io.sessiongate.config.IdentityConfig.Assertion;
import io.sessiongate.http.FieldLine;
import io.sessiongate.metrics.IdentityMeters;
import io.sessiongate.session.Attributes;
import io.sessiongate.token.JwsSigner;
import io.sessiongate.token.VerifiedToken;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the signed assertion of one realm. Immutable, for any thread. */
final class AssertionSigner {

    private static final Logger LOG = LoggerFactory.getLogger(AssertionSigner.class);
    private static final Duration LONGEST_LIFETIME = Duration.ofSeconds(60);

    /** NumericDate counts seconds: of a shorter life rounding would leave nothing. */
    private static final Duration SHORTEST_LIFETIME = Duration.ofSeconds(2);

    private static final long LEAST_LEFT_MILLIS = 10_000;

    private final String header;
    private final String issuer;
    private final long lifetimeMillis;
    private final long renewMillis;
    private final JwsSigner signer;
    private final List<AttributeField> attributeClaims;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final IdentityMeters meters;

    /** Throws {@link IllegalArgumentException} with a sentence for the user when key, algorithm or lifetime do not fit. */
    AssertionSigner(
            Assertion config,
            List<AttributeField> attributeClaims,
            InstantSource clock,
            LongSupplier nanoTime,
            IdentityMeters meters) {
        Duration lifetime = config.lifetime();
        if (lifetime.compareTo(LONGEST_LIFETIME) > 0 || lifetime.compareTo(SHORTEST_LIFETIME) < 0) {
            throw new IllegalArgumentException("an assertion lives 2s to 60s");
        }
        this.header = config.header();
        this.issuer = config.issuer();
        this.lifetimeMillis = lifetime.toMillis();
        // A third of the life, but at least 10 s, is left to whoever gets it; of a short life half.
        this.renewMillis = Math.min(Math.max(lifetimeMillis / 3, LEAST_LEFT_MILLIS), lifetimeMillis / 2);
        this.signer = signer(config);
        this.attributeClaims = attributeClaims;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.meters = meters;
    }

    /** The name of the header that carries it. */
    String header() {
        return header;
    }

    boolean slow() {
        return signer.slow();
    }

    @Nullable String publicJwk() {
        return signer.publicJwk();
    }

    /** Whether one signed before will do for a request now. */
    boolean usable(@Nullable Signed signed) {
        // One that ends with its token cannot be had any longer-lived.
        return signed != null && (signed.endsWithToken || signed.expiresAtEpochMillis - clock.millis() >= renewMillis);
    }

    /** Signs; null where that failed, which is a bug: the request goes on, and the application refuses it. */
    @Nullable Signed sign(VerifiedToken token, Attributes attributes, String audience, long checkedAtEpochMillis) {
        long nowMillis = clock.millis();
        boolean endsWithToken = token.expiresAtEpochMillis() <= nowMillis + lifetimeMillis;
        long expiresSeconds =
                Math.floorDiv(endsWithToken ? token.expiresAtEpochMillis() : nowMillis + lifetimeMillis, 1000);
        var claims = new LinkedHashMap<String, Object>();
        claims.put("iss", issuer);
        claims.put("aud", audience);
        claims.put("sub", Subject.of(token, attributes));
        claims.put("sid", token.sessionId());
        claims.put("roles", new ArrayList<>(new TreeSet<>(Roles.of(token, attributes))));
        claims.put("iat", Math.floorDiv(nowMillis, 1000));
        claims.put("exp", expiresSeconds);
        claims.put("checked_at", Math.floorDiv(checkedAtEpochMillis, 1000));
        claims.put("sth", token.sha256());
        for (AttributeField claim : attributeClaims) {
            String value = claim.valueIn(attributes);
            if (value != null) {
                claims.put(claim.name(), value);
            }
        }
        long startNanos = nanoTime.getAsLong();
        try {
            String jws = signer.sign(claims);
            meters.signed(nanoTime.getAsLong() - startNanos);
            return new Signed(FieldLine.of(header, jws), expiresSeconds * 1000, endsWithToken);
        } catch (RuntimeException e) {
            meters.failed();
            LOG.error("An assertion could not be signed; the request goes on without", e);
            return null;
        }
    }

    private static JwsSigner signer(Assertion config) {
        if (config.secret() != null) {
            return JwsSigner.hmac(config.algorithm(), config.secret().reveal());
        }
        if (config.privateKeyPem() != null) {
            return JwsSigner.privateKey(
                    config.algorithm(), config.privateKeyPem().reveal());
        }
        throw new IllegalArgumentException("an assertion needs a key");
    }

    /**
     * An assertion and how long it is good.
     *
     * @param endsWithToken whether its life was cut to the token's
     */
    record Signed(FieldLine field, long expiresAtEpochMillis, boolean endsWithToken) {

        String jws() {
            return field.value();
        }

        /** Names nothing of the assertion: whoever holds it is believed. */
        @Override
        public String toString() {
            return "Signed";
        }
    }
}
