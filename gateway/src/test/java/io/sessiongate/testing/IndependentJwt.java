package io.sessiongate.testing;

import io.jsonwebtoken.Claims;
import io.jsonwebtoken.Jws;
import io.jsonwebtoken.JwtParserBuilder;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.io.AbstractDeserializer;
import io.jsonwebtoken.security.Jwk;
import io.jsonwebtoken.security.Jwks;
import java.io.Reader;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import javax.crypto.SecretKey;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Reads our JWS and JWK with a library that had no part in writing them. */
public final class IndependentJwt {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private IndependentJwt() {}

    public static Jws<Claims> verify(String jws, PublicKey key) {
        return parser(Instant.now()).verifyWith(key).build().parseSignedClaims(jws);
    }

    public static Jws<Claims> verify(String jws, SecretKey key) {
        return parser(Instant.now()).verifyWith(key).build().parseSignedClaims(jws);
    }

    /** As the others, at another time than now. */
    public static Jws<Claims> verify(String jws, SecretKey key, Instant now) {
        return parser(now).verifyWith(key).build().parseSignedClaims(jws);
    }

    public static Jwk<?> jwk(String json) {
        return Jwks.parser().json(new Deserializer()).build().parse(json);
    }

    public static Map<String, Object> json(String json) {
        return JSON.readValue(json, new TypeReference<>() {});
    }

    private static JwtParserBuilder parser(Instant now) {
        return Jwts.parser().json(new Deserializer()).clock(() -> Date.from(now));
    }

    private static final class Deserializer extends AbstractDeserializer<Map<String, ?>> {
        @Override
        protected Map<String, ?> doDeserialize(Reader reader) {
            return JSON.readValue(reader, new TypeReference<Map<String, Object>>() {});
        }
    }
}
