package io.sessiongate.token;

import io.sessiongate.config.JwsAlgorithms;
import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.KeySourceConfig;
import io.sessiongate.config.KeySourceConfig.Kind;
import io.sessiongate.config.PemKeys;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/** Reads what a source holds now. For any thread; blocks none, and is over within some seconds. */
interface KeyLoader {

    /**
     * What was read.
     *
     * @param skipped keys that were left out
     * @param omissions which, as in a sentence; empty where none was
     */
    record Loaded(List<VerificationKey> keys, int skipped, String omissions) {}

    /** Completes on some thread; fails with an {@link IllegalArgumentException} that has a sentence. */
    CompletableFuture<Loaded> load();

    /** A JWK Set. */
    static KeyLoader of(KeySourceConfig config, KeyThreads threads) {
        if (config.kind() == Kind.FILE) {
            Path file = Path.of(config.address());
            return () -> threads.file(file, JwkSet.MAX_BYTES).thenApply(json -> read(json, config));
        }
        KeyFetcher fetcher = threads.fetcher(Objects.requireNonNullElse(config.authorities(), ""));
        if (config.kind() == Kind.JWKS) {
            URI url = URI.create(config.address());
            return () -> fetcher.get(url).thenApply(json -> read(json, config));
        }
        URI document = Discovery.document(config.address());
        // Asked anew each time: an issuer may move its keys, and this is not often.
        return () -> fetcher.get(document)
                .thenCompose(json -> fetcher.get(Discovery.keys(json, config.address())))
                .thenApply(json -> read(json, config));
    }

    /** The one public key or certificate of a PEM file. */
    static KeyLoader ofPem(KeyConfig config, KeyThreads threads) {
        Path file = Objects.requireNonNull(config.file());
        return () -> threads.file(file, 64 * 1024).thenApply(pem -> {
            PublicKey key = PemKeys.publicKey(new String(pem, StandardCharsets.ISO_8859_1));
            JwsAlgorithms.requireFit(key, config.algorithms());
            var read = new VerificationKey(key, config.algorithms(), config.kid(), config.issuer(), config.audience());
            return new Loaded(List.of(read), 0, "");
        });
    }

    private static Loaded read(byte[] json, KeySourceConfig config) {
        JwkSet set = JwkSet.read(json, config.algorithms());
        List<VerificationKey> keys = set.keys().stream()
                .map(key ->
                        new VerificationKey(key.key(), key.algorithms(), key.kid(), config.issuer(), config.audience()))
                .toList();
        int skipped =
                set.skipped().values().stream().mapToInt(Integer::intValue).sum();
        return new Loaded(keys, skipped, set.omissions());
    }
}
