package io.sessiongate.listener.tls;

import io.netty.handler.ssl.SslContext;
import io.netty.util.Mapping;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which certificate a client gets by the name that it asks for (RFC 6066 section 3): the first that is made out to it, else the
 * first whose wildcard stands for its leftmost label (RFC 6125 section 6.4.3), else the first of all. Immutable; for any thread.
 */
final class CertificateChoice implements Mapping<@Nullable String, SslContext> {

    private final Map<String, SslContext> byName = new HashMap<>();

    /** By what follows the asterisk. */
    private final Map<String, SslContext> byParent = new HashMap<>();

    private final SslContext standard;

    CertificateChoice(List<Presented> certificates) {
        standard = certificates.get(0).context();
        for (Presented each : certificates) {
            for (String name : each.pair().names()) {
                if (name.startsWith("*.")) {
                    byParent.putIfAbsent(name.substring(1), each.context());
                } else {
                    byName.putIfAbsent(name, each.context());
                }
            }
        }
    }

    /** The context for a name in lower case, or none. */
    @Override
    public SslContext map(@Nullable String name) {
        if (name == null) {
            return standard;
        }
        SslContext own = byName.get(name);
        if (own != null) {
            return own;
        }
        int dot = name.indexOf('.');
        return dot <= 0 ? standard : byParent.getOrDefault(name.substring(dot), standard);
    }
}
