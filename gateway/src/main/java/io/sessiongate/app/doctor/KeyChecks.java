package io.sessiongate.app.doctor;

import io.sessiongate.config.IdentityConfig;
import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.KeySourceConfig;
import io.sessiongate.config.KeySourceConfig.Kind;
import io.sessiongate.config.PemKeys;
import io.sessiongate.config.RealmConfig;
import io.sessiongate.config.Secret;
import io.sessiongate.config.SecretBytes;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.token.JwsSigner;
import io.sessiongate.token.KeyProbe;
import io.sessiongate.token.TokenInspector;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Keys that tokens are verified with and assertions signed. */
final class KeyChecks {

    private KeyChecks() {}

    /** Has them read, and a signature made. */
    static Seen keys(RealmConfig realm) {
        try {
            var unused = new TokenInspector(realm.token(), InstantSource.system());
        } catch (IllegalArgumentException e) {
            return Seen.fail(String.valueOf(e.getMessage()), "the key as its issuer gives it out, as PEM or secret");
        }
        TreeSet<String> algorithms = new TreeSet<>();
        realm.token().keys().forEach(key -> algorithms.addAll(key.algorithms()));
        int count = realm.token().keys().size();
        String signed = count + (count == 1 ? " key for " : " keys for ") + String.join(", ", algorithms);
        String encrypted = AuthJsChecks.summary(realm.token());
        String saw = count == 0 ? encrypted : encrypted.isEmpty() ? signed : signed + ", " + encrypted;
        if (realm.token().kind() == TokenConfig.Kind.OPAQUE) {
            saw = "none needed, as the token is the session's id";
        } else if (saw.isEmpty()) {
            saw = "none in the file itself";
        }
        Seen trouble = AuthJsChecks.trouble(realm.token());
        if (trouble != null) {
            return trouble;
        }
        String ended = endedCertificates(realm);
        if (!ended.isEmpty()) {
            return Seen.warn(saw + "; " + ended, "the issuer's present certificate; the old key is used all the same");
        }
        IdentityConfig.Assertion assertion = realm.identity().assertion();
        if (assertion == null) {
            return Seen.ok(saw);
        }
        try {
            var unused = signer(assertion).sign(Map.of());
            return Seen.ok(saw + "; assertions are signed with " + assertion.algorithm());
        } catch (IllegalArgumentException e) {
            return Seen.fail(
                    "the assertion's key does not sign: " + e.getMessage(), "a PKCS #8 key that fits the algorithm");
        }
    }

    private static String endedCertificates(RealmConfig realm) {
        var ended = new ArrayList<String>();
        for (KeyConfig key : realm.token().keys()) {
            String pem = key.publicKeyPem();
            Instant end = pem == null ? null : PemKeys.certificateEnd(pem);
            if (end != null && end.isBefore(Instant.now())) {
                ended.add("the certificate at " + key.location() + " ended on " + end);
            }
        }
        return String.join(", ", ended);
    }

    /** Has a source read, as the gateway would. */
    static Seen source(KeySourceConfig source, boolean audience) throws InterruptedException {
        KeyProbe probe = KeyProbe.of(source);
        String failure = probe.failure();
        if (failure != null) {
            return Seen.fail(failure, "what the issuer publishes, and whether it can be reached from here");
        }
        String saw = probe.summary()
                + (source.kind() == Kind.DISCOVERY ? "; the issuer is the one configured" : "")
                + (probe.omissions().isEmpty() ? "" : "; not used: " + probe.omissions());
        return audience
                ? Seen.ok(saw)
                : Seen.warn(saw + "; no audience is required", "an audience, lest tokens for other applications pass");
    }

    /** What the row of a source is called. */
    static String name(KeySourceConfig source) {
        return "keys of "
                + (source.kind() == Kind.FILE
                        ? Path.of(source.address()).getFileName()
                        : URI.create(source.address()).getAuthority());
    }

    private static JwsSigner signer(IdentityConfig.Assertion assertion) {
        SecretBytes secret = assertion.secret();
        @Nullable Secret key = assertion.privateKeyPem();
        return secret != null || key == null
                ? JwsSigner.hmac(assertion.algorithm(), secret == null ? new byte[0] : secret.reveal())
                : JwsSigner.privateKey(assertion.algorithm(), key.reveal());
    }
}
