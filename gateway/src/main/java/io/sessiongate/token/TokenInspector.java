package io.sessiongate.token;

import io.sessiongate.config.KeySourceConfig;
import io.sessiongate.config.TokenConfig;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Explains a token to the person who holds it: a development aid, never on the way of a request. For any thread. */
public final class TokenInspector {

    private final TokenVerifier verifier;
    private final boolean opaque;

    /**
     * An inspector that judges as a realm of this configuration would.
     *
     * @throws IllegalArgumentException naming the place in the file, where a key cannot be used
     */
    public TokenInspector(TokenConfig config, InstantSource clock) {
        this(config, new TokenVerifier(config, config.keys(), clock));
    }

    private TokenInspector(TokenConfig config, TokenVerifier verifier) {
        this.opaque = config.kind() == TokenConfig.Kind.OPAQUE;
        this.verifier = verifier;
    }

    /**
     * One that knows the keys of the realm's sources too, each read once: blocks for some seconds where one does not answer.
     *
     * @param read told what came of each
     * @throws IllegalArgumentException naming the place in the file, where a key cannot be used
     */
    public static TokenInspector withSources(TokenConfig config, InstantSource clock, Consumer<KeyProbe> read)
            throws InterruptedException {
        var keys = new ArrayList<VerificationKey>();
        for (KeySourceConfig source : config.keySources()) {
            KeyProbe probe = KeyProbe.of(source);
            read.accept(probe);
            keys.addAll(probe.keys());
        }
        return new TokenInspector(config, TokenVerifier.withSets(config, keys, clock));
    }

    /** {@code Valid} or {@code Invalid}. Blocks for the time of a signature check. */
    public TokenVerdict judge(String token) {
        return judge(token, null);
    }

    /** The same of a token that was found in a cookie; null is any of the realm's. */
    public TokenVerdict judge(String token, @Nullable String cookie) {
        return opaque
                ? OpaqueToken.read(token)
                : verifier.prepare(new TokenText(token, cookie)).run();
    }

    /** What a token claims to be: nothing of it is proved. */
    public record Parts(Map<String, Object> header, Map<String, Object> claims) {}

    /**
     * Reads header and claims.
     *
     * @throws IllegalArgumentException with a sentence that says what the text is instead
     */
    public static Parts read(String token) {
        String[] parts = token.split("\\.", -1);
        if (parts.length == 5) {
            throw new IllegalArgumentException("an encrypted token (JWE, five parts); only its recipient can read it");
        }
        if (parts.length != 3) {
            throw new IllegalArgumentException("not a signed token: three parts with dots between were expected, "
                    + parts.length + (parts.length == 1 ? " was" : " were") + " found");
        }
        return new Parts(part("header", parts[0]), part("claims", parts[1]));
    }

    private static Map<String, Object> part(String what, String text) {
        try {
            return UnverifiedToken.decode(text);
        } catch (RuntimeException e) {
            // Without the cause: its message may quote the token.
            throw new IllegalArgumentException(
                    "the " + what + " are no JSON object in base64url, with every name once");
        }
    }
}
