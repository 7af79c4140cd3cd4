package io.sessiongate.cli;

import io.sessiongate.config.RealmConfig;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.token.AuthJsInspector;
import io.sessiongate.token.KeyProbe;
import io.sessiongate.token.PastedToken;
import io.sessiongate.token.TokenInspector;
import io.sessiongate.token.TokenVerdict;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what a token says. The signature is a credential and is never shown. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Shows what a token says: header, claims, and its times in UTC.",
            "",
            "Example:",
            "  sessiongate token inspect < token.txt",
            "  sessiongate token inspect -c sessiongate.yaml < token.txt",
            "",
            "A cookie may be pasted as it is in the browser: its value, name=value, or the whole Cookie header; chunks of",
            "Auth.js are joined. Its cookies are encrypted: with --config they are opened, credentials in them masked.",
            "",
            "With --config it also says whether a realm of that file would accept the token now. Whether its",
            "session is still good is another question, which only the database can answer.",
            ""
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the token was shown, and with --config it would be accepted",
            "1:with --config: the token would be refused",
            "2:the command line or the file is not right, or the text is no token"
        })
final class TokenCommandInspect implements Callable<Integer> {

    private static final int MAX_BYTES = 64 * 1024;
    private static final long MAX_EPOCH_SECONDS = 253_402_300_799L;
    private static final Set<String> TIMES = Set.of("exp", "nbf", "iat", "auth_time", "updated_at");
    private static final DateTimeFormatter UTC = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    @Spec
    private CommandSpec spec;

    @Mixin
    private TokenCommandRealm realm = new TokenCommandRealm();

    @Parameters(
            arity = "0..1",
            paramLabel = "TOKEN",
            description = "The token. Better on the standard input: an argument stays in the shell's history.")
    private @Nullable String argument;

    private final InstantSource clock;
    private final InputStream in;
    private final Function<String, @Nullable String> environment;

    TokenCommandInspect() {
        this(InstantSource.system(), System.in, System::getenv);
    }

    TokenCommandInspect(InstantSource clock, InputStream in, Function<String, @Nullable String> environment) {
        this.clock = clock;
        this.in = in;
        this.environment = environment;
    }

    @Override
    public Integer call() throws InterruptedException {
        RealmConfig found = realm.load(spec.commandLine(), environment);
        String text = argument == null ? standardInput() : argument;
        if (argument != null) {
            spec.commandLine()
                    .getErr()
                    .println("Warning: the token is in the shell's history now; pass it on the standard input.");
        }
        if (found != null && found.token().kind() == TokenConfig.Kind.OPAQUE) {
            return isOpaqueToken(bare(text), found) ? 0 : 1;
        }
        try {
            PastedToken pasted = PastedToken.read(text, found == null ? List.of() : TokenCommandAuthJs.cookies(found));
            PrintWriter out = spec.commandLine().getOut();
            pasted.notes().forEach(note -> out.println("Note: " + TokenCommandText.printable(note)));
            if (AuthJsInspector.isMeant(pasted.token())) {
                new TokenCommandAuthJs(out, this::time).show(pasted, found);
            } else {
                show(TokenInspector.read(pasted.token()));
            }
            return found == null || isAccepted(pasted, found) ? 0 : 1;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "This is no token: " + e.getMessage(), e);
        }
    }

    /** Without what is often copied along. */
    private static String bare(String text) {
        String token = text.strip();
        return token.regionMatches(true, 0, "Bearer ", 0, 7)
                ? token.substring(7).strip()
                : token;
    }

    private boolean isOpaqueToken(String token, RealmConfig found) throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        boolean may = inspector(found).judge(token) instanceof TokenVerdict.Valid;
        out.println(
                may
                        ? "Realm " + found.name()
                                + " looks for a session with this id; whose it is and when it expires only its row says"
                        : "Realm " + found.name()
                                + " refuses it: no 16 to 512 visible ASCII characters, or not percent-encoded as a cookie is");
        out.flush();
        return may;
    }

    private boolean isAccepted(PastedToken pasted, RealmConfig found) throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        TokenVerdict verdict = inspector(found).judge(pasted.token(), pasted.cookie());
        if (verdict instanceof TokenVerdict.Valid valid) {
            out.println("Realm " + found.name() + " accepts it");
            out.println("  " + TokenCommandText.line("subject", valid.token().subject()));
            out.println("  " + TokenCommandText.line("session", valid.token().sessionId()));
            out.println("  " + TokenCommandText.line("roles", valid.token().roles()));
            out.println("Its session is then looked up: "
                    + TokenCommandAuthJs.policy(valid.token(), found, clock.millis()));
            return pasted.cookie() == null || TokenCommandAuthJs.cookies(found).contains(pasted.cookie());
        }
        String reason = verdict instanceof TokenVerdict.Invalid invalid ? because(invalid.reason(), found) : "unknown";
        out.println("Realm " + found.name() + " refuses it: " + reason);
        return false;
    }

    private TokenInspector inspector(RealmConfig found) throws InterruptedException {
        try {
            return TokenInspector.withSources(found.token(), clock, this::warn);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private void warn(KeyProbe source) {
        if (source.failure() != null) {
            spec.commandLine().getErr().println("Warning: no keys from " + source.name() + ": " + source.failure());
        }
    }

    private static String because(TokenVerdict.Reason reason, RealmConfig found) {
        TokenConfig config = found.token();
        return switch (reason) {
            case TOO_LARGE -> "it is longer than " + config.maxBytes() + " bytes";
            case MALFORMED ->
                "its form is not right (an extension in the header, a claim of the wrong type, a name twice)";
            case UNKNOWN_KEY -> "no key of the realm is for its algorithm and kid";
            case BAD_SIGNATURE -> "the signature is not by a key of the realm";
            case EXPIRED -> "it has expired";
            case NOT_YET_VALID -> "it is not valid yet (nbf or iat lies ahead)";
            case WRONG_ISSUER ->
                ownIssuers(config)
                        ? "iss is not that of the key, or of no key of the realm"
                        : "iss is not " + config.issuer();
            case WRONG_AUDIENCE ->
                ownIssuers(config)
                        ? "aud is not what its key or the realm is for"
                        : "aud is not among " + config.audience();
            case MISSING_CLAIM ->
                "one of these claims is missing: exp, " + config.claims().subject() + ", "
                        + config.claims().naming();
        };
    }

    private static boolean ownIssuers(TokenConfig config) {
        return !config.keySources().isEmpty()
                || config.keys().stream()
                        .anyMatch(key -> key.issuer() != null || !key.audience().isEmpty());
    }

    private void show(TokenInspector.Parts parts) {
        PrintWriter out = spec.commandLine().getOut();
        out.println("Header");
        parts.header().forEach((name, value) -> out.println("  " + TokenCommandText.line(name, value)));
        out.println("Claims");
        parts.claims()
                .forEach((name, value) -> out.println("  " + TokenCommandText.line(name, value) + time(name, value)));
        out.flush();
    }

    private String standardInput() {
        try {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new ParameterException(spec.commandLine(), "More than 64 KiB came in: no token is that long.");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String time(String name, @Nullable Object value) {
        if (!TIMES.contains(name) || !(value instanceof Integer || value instanceof Long)) {
            return "";
        }
        long seconds = ((Number) value).longValue();
        if (seconds < 0 || seconds > MAX_EPOCH_SECONDS) {
            return "  (no time in seconds since 1970" + (seconds > 0 ? "; milliseconds?)" : ")");
        }
        Instant at = Instant.ofEpochSecond(seconds);
        Duration ahead = Duration.between(clock.instant(), at);
        String when = ahead.isNegative()
                ? (name.equals("exp") ? "expired " : "") + rough(ahead.negated()) + " ago"
                : (name.equals("exp") ? "expires " : "") + "in " + rough(ahead);
        return "  (" + UTC.format(at) + ", " + when + ")";
    }

    private static String rough(Duration time) {
        if (time.toMinutes() < 1) {
            return time.toSeconds() + " s";
        }
        if (time.toHours() < 1) {
            return time.toMinutes() + " min";
        }
        return time.toDays() < 2 ? time.toHours() + " h" : time.toDays() + " days";
    }
}
