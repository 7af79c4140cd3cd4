package io.sessiongate.config;

import io.sessiongate.config.KeySourceConfig.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads an entry of {@code realms.<name>.token.keys} that names a place to read keys from. */
final class KeySourceSection {

    /** As the token room reads: JwkSet. */
    private static final int MAX_SET_BYTES = 256 * 1024;

    private KeySourceSection() {}

    static boolean isMeant(Section entry) {
        return (entry.has("jwks") || entry.has("discovery")) && !AuthJsSection.isAuthJs(entry);
    }

    /**
     * The source, or null where it was reported to be wrong.
     *
     * @param realmAudience whether the realm has an audience
     */
    static @Nullable KeySourceConfig read(Section entry, boolean realmAudience) {
        for (String key : new String[] {"secret", "secret-encoding", "public-key"}) {
            unexpected(entry, key, "keys come from the set; give this one an entry of its own");
        }
        unexpected(entry, "kid", "the keys of a set have their own; remove the key");
        if (entry.has("jwks") && entry.has("discovery")) {
            entry.error("jwks", "discovery finds it; remove one of the two");
            return null;
        }
        Set<String> algorithms = new TreeSet<>(entry.texts("algorithm"));
        if (algorithms.stream().anyMatch(JwsAlgorithms::isHmac)) {
            entry.error(
                    "algorithm", "a set holds public keys only; HS256, HS384 and HS512 need an entry with `secret`");
        }
        @Nullable KeySourceConfig read = entry.has("discovery") ? discovery(entry, algorithms) : jwks(entry, algorithms);
        if (read != null && read.audience().isEmpty() && !realmAudience) {
            entry.warn(
                    entry.has("discovery") ? "discovery" : "jwks",
                    "there is no `audience` here or in the realm: tokens that the issuer made for any other application"
                            + " are accepted");
        }
        return read;
    }

    private static @Nullable KeySourceConfig discovery(Section entry, Set<String> algorithms) {
        unexpected(entry, "issuer", "it is what discovery names; remove the key");
        @Nullable String issuer = entry.parsed("discovery", text -> {
            if (KeyUrl.parse(text).getRawQuery() != null) {
                throw new IllegalArgumentException("an issuer has no query (OpenID Connect Discovery, section 4)");
            }
            return text;
        });
        return issuer == null ? null : remote(entry, Kind.DISCOVERY, issuer, algorithms, issuer);
    }

    private static @Nullable KeySourceConfig jwks(Section entry, Set<String> algorithms) {
        @Nullable String issuer = entry.optionalText("issuer");
        if (entry.text("jwks").contains("://")) {
            @Nullable String url = entry.parsed("jwks", text -> KeyUrl.parse(text).toString());
            return url == null ? null : remote(entry, Kind.JWKS, url, algorithms, issuer);
        }
        for (String key : new String[] {"refresh", "keep-for", "ca"}) {
            unexpected(entry, key, "a file is looked at every few seconds; remove the key");
        }
        @Nullable Path file = entry.parsed("jwks", text -> file(entry, text.strip()));
        return file == null
                ? null
                : new KeySourceConfig(
                        Kind.FILE,
                        file.toString(),
                        algorithms,
                        issuer,
                        entry.texts("audience"),
                        entry.duration("refresh"),
                        entry.duration("keep-for"),
                        null,
                        entry.location());
    }

    private static KeySourceConfig remote(
            Section entry, Kind kind, String address, Set<String> algorithms, @Nullable String issuer) {
        if (entry.has("ca") && address.startsWith("http:")) {
            entry.error("ca", "only https has certificates; remove the key");
        }
        @Nullable String authorities = entry.parsed("ca", text -> {
            String pem = KeyFile.pem(entry, text);
            PemKeys.certificates(pem);
            return pem;
        });
        KeySourceConfig source = new KeySourceConfig(
                kind,
                address,
                algorithms,
                issuer,
                entry.texts("audience"),
                entry.duration("refresh"),
                entry.duration("keep-for"),
                authorities,
                entry.location());
        if (source.keepFor().compareTo(source.refresh()) < 0) {
            entry.error("keep-for", entry.shown("keep-for") + " is shorter than refresh; expected at least that");
        }
        return source;
    }

    private static void unexpected(Section entry, String key, String message) {
        if (entry.has(key)) {
            entry.error(key, message);
        }
    }

    private static Path file(Section entry, String name) {
        try {
            Path path = TextFile.resolve(entry.source().directory(), name).toAbsolutePath();
            entry.source().files().bytes(path, MAX_SET_BYTES);
            return path;
        } catch (IOException e) {
            throw new IllegalArgumentException("the set's file cannot be read: " + e.getMessage(), e);
        }
    }
}
