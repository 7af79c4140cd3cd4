package io.sessiongate.identity;

import java.util.Collection;
import java.util.Objects;
import java.util.stream.Collectors;

/** The JWK set (RFC 7517 section 5) with which applications verify assertions. Stateless. */
public final class Jwks {

    private Jwks() {}

    /** All realms' public keys as JSON text, each once; HMAC secrets are never among them. */
    public static String json(Collection<IdentityWriter> writers) {
        return writers.stream()
                .map(IdentityWriter::publicJwk)
                .filter(Objects::nonNull)
                .distinct()
                .sorted()
                .collect(Collectors.joining(",", "{\"keys\":[", "]}"));
    }
}
