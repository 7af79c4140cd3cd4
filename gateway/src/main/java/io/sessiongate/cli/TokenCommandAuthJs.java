package io.sessiongate.cli;

import io.sessiongate.config.CheckConfig;
import io.sessiongate.config.RealmConfig;
import io.sessiongate.config.TokenConfig.Source;
import io.sessiongate.token.AuthJsInspector;
import io.sessiongate.token.PastedToken;
import io.sessiongate.token.VerifiedToken;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The part of {@code token inspect} that is about encrypted cookies. */
final class TokenCommandAuthJs {

    private final PrintWriter out;
    private final BiFunction<String, @Nullable Object, String> time;

    /**
     * Prints there.
     *
     * @param time what to say behind a claim that is a time
     */
    TokenCommandAuthJs(PrintWriter out, BiFunction<String, @Nullable Object, String> time) {
        this.out = out;
        this.time = time;
    }

    /** The cookies that a realm searches. */
    static List<String> cookies(RealmConfig realm) {
        return realm.token().from().stream()
                .filter(Source.Cookie.class::isInstance)
                .map(place -> ((Source.Cookie) place).name())
                .toList();
    }

    /** Says when the policy would ask about the session of a good token. */
    static String policy(VerifiedToken token, RealmConfig realm, long nowEpochMillis) {
        CheckConfig check = realm.session().check();
        Duration left = Duration.ofMillis(token.expiresAtEpochMillis() - nowEpochMillis);
        String first = "at once by a gateway that has not seen it, and again after " + seconds(check.revalidateAfter());
        return left.compareTo(check.expiringWithin()) <= 0
                ? first + ", or after " + seconds(check.revalidateExpiringAfter()) + " as it is about to expire"
                : first;
    }

    private static String seconds(Duration time) {
        return time.toMillis() % 1000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
    }

    /** Shows an encrypted token, opened where a realm is given and has its key. */
    void show(PastedToken pasted, @Nullable RealmConfig realm) {
        Map<String, Object> header = AuthJsInspector.header(pasted.token());
        int version = AuthJsInspector.version(pasted.token());
        out.println(
                version == 0
                        ? "Encrypted, but not as Auth.js does it"
                        : "Encrypted as by Auth.js " + version + (version == 4 ? " (next-auth)" : ""));
        if (pasted.cookie() != null) {
            out.println("  " + TokenCommandText.line("cookie", pasted.cookie()));
        }
        out.println("Header");
        header.forEach((name, value) -> out.println("  " + TokenCommandText.line(name, value)));
        if (realm == null) {
            out.println("Claims: encrypted; --config names a file with the key");
        } else if (realm.token().authJs().isEmpty()) {
            out.println("Claims: encrypted; the realm has no auth-js key");
        } else {
            claims(pasted, new AuthJsInspector(realm.token()));
        }
        out.flush();
    }

    private void claims(PastedToken pasted, AuthJsInspector inspector) {
        AuthJsInspector.Opened opened = inspector.open(pasted.token(), pasted.cookie());
        if (opened == null) {
            out.println("Key: none found");
            inspector
                    .whyNot(pasted.token(), pasted.cookie())
                    .forEach(why -> out.println("  " + TokenCommandText.printable(why)));
            return;
        }
        out.println("Key: " + TokenCommandText.printable(opened.key()));
        Map<String, Object> claims = opened.claims();
        if (claims == null) {
            out.println("Claims: what is encrypted is no JSON object with every name once");
            return;
        }
        out.println("Claims");
        claims.forEach((name, value) ->
                out.println("  " + TokenCommandText.maskedLine(name, value) + time.apply(name, value)));
    }
}
