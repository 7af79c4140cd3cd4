package io.sessiongate.cli;

import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.RealmConfig;
import io.sessiongate.config.SecretBytes;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.token.JwsSigner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Signs a token and prints it, bare, so that {@code $(sessiongate token mint …)} is one. */
@Command(
        name = "mint",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Signs a token, for trying things out, and prints it.",
            "",
            "Example:",
            "  TOKEN=$(sessiongate token mint --secret-env JWT_SECRET --subject u1 --session s1 --role admin)",
            "  sessiongate token mint -c sessiongate.yaml --subject u1 --session s1",
            "  curl -H \"Authorization: Bearer $TOKEN\" http://localhost:8080/api/me",
            ""
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:the token was printed", "2:the command line or a key is not right"})
final class TokenCommandMint implements Runnable {

    /** Tried in this order for a private key without {@code --algorithm}. */
    private static final List<String> ASYMMETRIC = List.of("ES256", "RS256", "EdDSA", "ES384", "ES512");

    private static final TokenConfig.Claims DEFAULT_NAMES = new TokenConfig.Claims("sub", "sid", "role");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Spec
    private CommandSpec spec;

    @Mixin
    private TokenCommandRealm realm = new TokenCommandRealm();

    @ArgGroup
    private @Nullable KeySource key;

    @Option(
            names = "--algorithm",
            paramLabel = "ALG",
            description =
                    "HS256 with a secret, the key's own with a private key, unless named here (RS384, PS256, ...).")
    private @Nullable String algorithm;

    @Option(
            names = "--subject",
            paramLabel = "ID",
            required = true,
            description = "Who it is for: the claim sub, or as the realm names it.")
    private String subject;

    @Option(
            names = "--session",
            paramLabel = "ID",
            required = true,
            description =
                    "The session's id: the claim sid, or as the realm names it (session.version: the user's number). The"
                            + " gateway asks the database about it.")
    private String session;

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            description = "A role, in the claim role, or as the realm names it; may be repeated.")
    private List<String> roles = new ArrayList<>();

    @Option(names = "--issuer", paramLabel = "ISS", description = "The claim iss (with --config: the realm's).")
    private @Nullable String issuer;

    @Option(
            names = "--audience",
            paramLabel = "AUD",
            description = "The claim aud; may be repeated (with --config: the realm's first).")
    private List<String> audience = new ArrayList<>();

    @Option(
            names = "--expires-in",
            paramLabel = "TIME",
            defaultValue = "15m",
            converter = TokenCommandLifetime.class,
            description =
                    "How long it is good: 30s, 15m, 12h, 7d (default: 15m). --expires-in=-5m makes one that is over.")
    private Duration expiresIn;

    @Option(
            names = "--claim",
            paramLabel = "NAME=VALUE",
            description =
                    "Another claim; may be repeated. A value that is JSON (7, true, {\"a\":1}) is written as that,"
                            + " any other as text.")
    private Map<String, String> claims = new LinkedHashMap<>();

    private final InstantSource clock;
    private final Function<String, @Nullable String> environment;

    TokenCommandMint() {
        this(InstantSource.system(), System::getenv);
    }

    TokenCommandMint(InstantSource clock, Function<String, @Nullable String> environment) {
        this.clock = clock;
        this.environment = environment;
    }

    @Override
    public void run() {
        RealmConfig found = realm.load(spec.commandLine(), environment);
        TokenConfig config = found == null ? null : found.token();
        if (found != null && found.token().kind() == TokenConfig.Kind.OPAQUE) {
            throw new ParameterException(
                    spec.commandLine(),
                    "No token was made: those of realm " + found.name()
                            + " are opaque, the id of a session in its database is one.");
        }
        try {
            String token = signer(config).sign(claims(config));
            spec.commandLine().getOut().println(token);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "No token was made: " + e.getMessage(), e);
        }
    }

    private Map<String, Object> claims(@Nullable TokenConfig config) {
        long now = clock.instant().getEpochSecond();
        var names = config == null ? DEFAULT_NAMES : config.claims();
        var all = new LinkedHashMap<String, Object>();
        String iss = issuer == null && config != null ? config.issuer() : issuer;
        if (iss != null) {
            all.put("iss", iss);
        }
        var aud = audience.isEmpty() && config != null
                ? config.audience().stream().limit(1).toList()
                : audience;
        if (!aud.isEmpty()) {
            all.put("aud", aud.size() == 1 ? aud.get(0) : aud);
        }
        put(all, names.subject(), subject);
        put(all, names.naming(), session);
        if (!roles.isEmpty()) {
            put(all, names.roles(), roles);
        }
        all.put("iat", now);
        all.put("exp", now + expiresIn.toSeconds());
        claims.forEach((name, value) -> all.put(name, json(value)));
        return all;
    }

    /** Writes to a dotted path; a name with a colon is a namespaced one ({@code https://...}) and stands as it is. */
    private static void put(Map<String, Object> members, String path, Object value) {
        int dot = path.indexOf('.');
        if (dot < 0 || path.indexOf(':') >= 0) {
            members.put(path, value);
            return;
        }
        Object inner = members.computeIfAbsent(path.substring(0, dot), name -> new LinkedHashMap<String, Object>());
        if (!(inner instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException("the claim " + path + " lies within one that is text");
        }
        @SuppressWarnings("unchecked") // every map in here was made by this method
        Map<String, Object> object = (Map<String, Object>) map;
        put(object, path.substring(dot + 1), value);
    }

    private static Object json(String value) {
        try {
            Object parsed = JSON.readValue(value, Object.class);
            return parsed == null ? value : parsed;
        } catch (JacksonException e) {
            return value;
        }
    }

    private JwsSigner signer(@Nullable TokenConfig config) {
        if (key == null) {
            return realmSecret(config);
        }
        if (key.file != null) {
            return privateKey(read(key.file));
        }
        return JwsSigner.hmac(
                algorithm == null ? "HS256" : algorithm, secret(key).getBytes(StandardCharsets.UTF_8));
    }

    private JwsSigner realmSecret(@Nullable TokenConfig config) {
        if (config == null) {
            throw new IllegalArgumentException("expected --secret-env, --secret, --key or --config");
        }
        for (KeyConfig candidate : config.keys()) {
            SecretBytes secret = candidate.secret();
            if (secret != null && (algorithm == null || candidate.algorithms().contains(algorithm))) {
                String name = algorithm == null ? Collections.min(candidate.algorithms()) : algorithm;
                return JwsSigner.hmac(name, secret.reveal());
            }
        }
        throw new IllegalArgumentException("the realm has no secret that would do; give a private key with --key");
    }

    private String secret(KeySource source) {
        if (source.secret != null) {
            return source.secret;
        }
        String value = source.variable == null ? null : environment.apply(source.variable);
        if (value == null) {
            throw new IllegalArgumentException("the environment variable " + source.variable + " is not set");
        }
        return value;
    }

    private JwsSigner privateKey(String pem) {
        if (algorithm != null) {
            return JwsSigner.privateKey(algorithm, pem);
        }
        IllegalArgumentException last = new IllegalArgumentException("no algorithm fits it");
        for (String candidate : ASYMMETRIC) {
            try {
                return JwsSigner.privateKey(candidate, pem);
            } catch (IllegalArgumentException e) {
                last = e;
            }
        }
        throw last;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be read", e);
        }
    }

    /** Where the key comes from: one of these, or the realm. */
    private static final class KeySource {

        @Option(
                names = "--secret-env",
                paramLabel = "NAME",
                required = true,
                description = "Environment variable that holds the secret, as text.")
        private @Nullable String variable;

        @Option(
                names = "--secret",
                paramLabel = "TEXT",
                required = true,
                description = "The secret itself. It stays in the shell's history: for throw-away secrets only.")
        private @Nullable String secret;

        @Option(
                names = "--key",
                paramLabel = "FILE",
                required = true,
                description = "PEM file with a private key (PKCS #8).")
        private @Nullable Path file;
    }
}
