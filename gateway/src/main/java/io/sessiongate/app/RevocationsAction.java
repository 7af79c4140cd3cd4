package io.sessiongate.app;

import io.sessiongate.app.AdminServer.Page;
import io.sessiongate.config.SecretBytes;
import io.sessiongate.flow.Revoker;
import io.sessiongate.session.RevocationSource;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /revocations}: ends sessions for whoever knows the admin secret, on this gateway before the answer goes out.
 * Confined to the admin loop. Ids reach neither log nor answer.
 */
final class RevocationsAction implements AdminAction {

    private static final Logger LOG = LoggerFactory.getLogger(RevocationsAction.class);
    private static final String JSON = "application/json";

    private final AdminSecret secret;
    private final Supplier<Map<String, Revoker>> current;

    /**
     * The action.
     *
     * @param secret null where nothing may be revoked
     */
    RevocationsAction(@Nullable SecretBytes secret, Map<String, Revoker> realms, LongSupplier nanoTime) {
        this(new AdminSecret(secret, nanoTime), () -> realms);
    }

    /**
     * The same.
     *
     * @param current the realms there are now, asked for each time
     */
    RevocationsAction(AdminSecret secret, Supplier<Map<String, Revoker>> current) {
        this.secret = secret;
        this.current = current;
    }

    @Override
    public Page perform(Ask ask) {
        @Nullable Page refusal = secret.refusal(ask, "Nothing can be revoked");
        if (refusal != null) {
            return refusal;
        }
        if (!isJson(ask.contentType())) {
            return Problems.page(415, "unsupported-media-type", "Expected Content-Type: " + JSON + ".", null);
        }
        try {
            return revoke(RevocationOrder.read(ask.body()));
        } catch (RevocationOrder.Unreadable e) {
            return Problems.page(400, "malformed-request", e.message(), e.key());
        }
    }

    private static boolean isJson(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        int semicolon = contentType.indexOf(';');
        return (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
                .strip()
                .equalsIgnoreCase(JSON);
    }

    private Page revoke(RevocationOrder order) throws RevocationOrder.Unreadable {
        Map<String, Revoker> realms = current.get();
        @Nullable String name = order.realm();
        if (name == null && realms.size() == 1) {
            name = realms.keySet().iterator().next();
        }
        @Nullable Revoker realm = name == null ? null : realms.get(name);
        if (realm == null) {
            throw new RevocationOrder.Unreadable(
                    "realm",
                    (name == null ? "missing" : "no such realm")
                            + (realms.isEmpty()
                                    ? "; there is none"
                                    : "; expected one of " + String.join(", ", new TreeSet<>(realms.keySet()))));
        }
        order.sessions().forEach(id -> realm.endSession(id, RevocationSource.ADMIN));
        order.subjects().forEach(id -> realm.endSubject(id, RevocationSource.ADMIN));
        LOG.atInfo()
                .addKeyValue("realm", name)
                .addKeyValue("sessions", order.sessions().size())
                .addKeyValue("subjects", order.subjects().size())
                .log("Revoked through the admin port");
        return new Page(
                200,
                JSON,
                "{\"revoked\":{\"sessions\":" + order.sessions().size() + ",\"subjects\":"
                        + order.subjects().size() + "}}\n");
    }
}
