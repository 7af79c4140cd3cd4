package io.sessiongate.token;

import io.jsonwebtoken.ExpiredJwtException;
import io.jsonwebtoken.JwsHeader;
import io.jsonwebtoken.JwtParser;
import io.jsonwebtoken.JwtParserBuilder;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.LocatorAdapter;
import io.jsonwebtoken.PrematureJwtException;
import io.jsonwebtoken.UnsupportedJwtException;
import io.jsonwebtoken.io.Deserializer;
import io.jsonwebtoken.security.DecryptAeadRequest;
import io.jsonwebtoken.security.SecurityException;
import io.sessiongate.token.TokenVerdict.Reason;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.Provider;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * Checks signatures with one key, and decrypts: the one class that knows jjwt. The parser is narrowed to what the key may do, so that
 * a slip elsewhere still meets a refusal here: only the key's algorithms, no encryption, no compression, our own strict
 * JSON. What jjwt leaves to its user is in {@link UnverifiedToken} and {@link ClaimRules}. Immutable, for any thread.
 */
final class JjwtVerifier {

    private final JwtParser parser;

    JjwtVerifier(VerificationKey key, Duration clockSkew, InstantSource clock) {
        JwtParserBuilder builder = Jwts.parser()
                .json(new StrictDeserializer())
                .keyLocator(new PinnedKey(key))
                .clock(() -> Date.from(clock.instant()))
                // In whole seconds and rounded up: the exact limit is drawn by ClaimRules.
                .clockSkewSeconds(clockSkew.plusMillis(999).toSeconds());
        builder.zip().clear();
        builder.enc().clear();
        builder.key().clear();
        var signatures = builder.sig().clear();
        key.algorithms().forEach(algorithm -> signatures.add(Jwts.SIG.get().forKey(algorithm)));
        this.parser = builder.build();
    }

    /** The reason to refuse the token, or null where its signature is good and jjwt finds no fault in it. Never throws. */
    @Nullable Reason fault(String token) {
        try {
            parser.parseSignedClaims(token);
            return null;
        } catch (ExpiredJwtException e) {
            return Reason.EXPIRED;
        } catch (PrematureJwtException e) {
            return Reason.NOT_YET_VALID;
        } catch (SecurityException e) {
            return Reason.BAD_SIGNATURE;
        } catch (RuntimeException e) {
            // jjwt throws more than it declares for tokens that somebody bent (ClassCastException and its like).
            return Reason.MALFORMED;
        }
    }

    /** For vectors whose payload holds no claims: whether the signature alone is good. Never throws. */
    boolean hasGoodSignature(String jws) {
        try {
            return parser.parse(jws).getHeader() instanceof JwsHeader;
        } catch (RuntimeException e) {
            return false;
        }
    }

    /**
     * The content of an encrypted token, or null where the key did not encrypt it, or somebody changed it since. Of jjwt only
     * the two ciphers are used and not its reader of tokens, whose many ways (compression, passwords, key agreements, JSON of
     * its own) so need not be closed one by one.
     */
    static byte @Nullable [] decrypt(EncryptedToken token, SecretKey key) {
        var plain = new ByteArrayOutputStream(token.ciphertext().length);
        try {
            switch (token.encryption()) {
                case A256GCM -> Jwts.ENC.A256GCM.decrypt(new Sealed(token, key), plain);
                case A256CBC_HS512 -> Jwts.ENC.A256CBC_HS512.decrypt(new Sealed(token, key), plain);
            }
            return plain.toByteArray();
        } catch (RuntimeException e) {
            // A wrong tag, or whatever else a cipher may say: nothing that was written before it is used.
            return null;
        }
    }

    /** A token in jjwt's terms. */
    private record Sealed(EncryptedToken token, SecretKey key) implements DecryptAeadRequest {

        @Override
        public InputStream getPayload() {
            return new ByteArrayInputStream(token.ciphertext());
        }

        @Override
        public InputStream getAssociatedData() {
            return new ByteArrayInputStream(token.associatedData());
        }

        @Override
        public byte[] getIv() {
            return token.iv();
        }

        @Override
        public byte[] getDigest() {
            return token.tag();
        }

        @Override
        public SecretKey getKey() {
            return key;
        }

        @Override
        public @Nullable Provider getProvider() {
            return null;
        }

        @Override
        public @Nullable SecureRandom getSecureRandom() {
            return null;
        }
    }

    /** Hands the key out for a JWS of one of its algorithms and for nothing else (RFC 8725 section 3.1). */
    private static final class PinnedKey extends LocatorAdapter<Key> {

        private final VerificationKey key;

        PinnedKey(VerificationKey key) {
            this.key = key;
        }

        @Override
        protected Key locate(JwsHeader header) {
            if (!key.algorithms().contains(header.getAlgorithm())) {
                throw new UnsupportedJwtException("the key is not for this algorithm");
            }
            return key.key();
        }
    }

    private static final class StrictDeserializer implements Deserializer<Map<String, ?>> {

        @Override
        @Deprecated
        public Map<String, ?> deserialize(byte[] utf8) {
            return withTextSubject(StrictJson.object(utf8));
        }

        @Override
        public Map<String, ?> deserialize(Reader reader) {
            var text = new StringWriter();
            try {
                reader.transferTo(text);
            } catch (IOException e) {
                throw new io.jsonwebtoken.io.DeserializationException("unreadable", e);
            }
            return withTextSubject(StrictJson.object(text.toString().getBytes(StandardCharsets.UTF_8)));
        }

        /**
         * Applications sign row numbers as {@code sub} and {@code jti}; jjwt insists on text (RFC 7519 section 4.1.2) and
         * would refuse them. What counts is read again by {@link ClaimRules}.
         */
        private static Map<String, Object> withTextSubject(Map<String, Object> members) {
            if (!(members.get("sub") instanceof Number) && !(members.get("jti") instanceof Number)) {
                return members;
            }
            var copy = new LinkedHashMap<>(members);
            copy.computeIfPresent("sub", (name, value) -> value.toString());
            copy.computeIfPresent("jti", (name, value) -> value.toString());
            return copy;
        }
    }
}
