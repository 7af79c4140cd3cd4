package io.sessiongate.app.doctor;

import io.sessiongate.config.IdentityConfig;
import io.sessiongate.config.RealmConfig;
import io.sessiongate.config.Secret;
import io.sessiongate.config.SecretBytes;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.token.JwsSigner;
import io.sessiongate.token.TokenInspector;
import java.time.InstantSource;
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
        }
        Seen trouble = AuthJsChecks.trouble(realm.token());
        if (trouble != null) {
            return trouble;
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

    private static JwsSigner signer(IdentityConfig.Assertion assertion) {
        SecretBytes secret = assertion.secret();
        @Nullable Secret key = assertion.privateKeyPem();
        return secret != null || key == null
                ? JwsSigner.hmac(assertion.algorithm(), secret == null ? new byte[0] : secret.reveal())
                : JwsSigner.privateKey(assertion.algorithm(), key.reveal());
    }
}
