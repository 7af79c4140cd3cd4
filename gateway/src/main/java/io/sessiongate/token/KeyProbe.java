package io.sessiongate.token;

import io.sessiongate.config.KeySourceConfig;
import io.sessiongate.config.KeySourceConfig.Kind;
import io.sessiongate.token.KeyLoader.Loaded;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Reads a source of keys once and says what is in it, for people: never on the way of a request. Blocks its caller. */
public final class KeyProbe {

    /** A discovery is two readings. */
    private static final long SECONDS = 2 * KeyFetcher.DEADLINE.toSeconds() + 1;

    private final KeySourceConfig source;
    private final @Nullable Loaded loaded;
    private final @Nullable String failure;

    private KeyProbe(KeySourceConfig source, @Nullable Loaded loaded, @Nullable String failure) {
        this.source = source;
        this.loaded = loaded;
        this.failure = failure;
    }

    /** Reads it. */
    public static KeyProbe of(KeySourceConfig source) throws InterruptedException {
        try (KeyThreads threads = new KeyThreads()) {
            return new KeyProbe(source, KeyLoader.of(source, threads).load().get(SECONDS, TimeUnit.SECONDS), null);
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            return new KeyProbe(source, null, KeySourceLog.sentence(e));
        }
    }

    /** What the source is called in a report: never more of a URL than its host and path. */
    public String name() {
        if (source.kind() == Kind.FILE) {
            return source.address();
        }
        int query = source.address().indexOf('?');
        return query < 0 ? source.address() : source.address().substring(0, query);
    }

    public String location() {
        return source.location();
    }

    /** Why no token can be verified with it, as a sentence; null where some can. */
    public @Nullable String failure() {
        if (loaded == null) {
            return failure;
        }
        return loaded.keys().isEmpty() ? "it holds no key that can be used" + omitted(loaded) : null;
    }

    /** How many keys of it are used, and for which algorithms. */
    public String summary() {
        List<VerificationKey> keys = keys();
        Set<String> algorithms = new TreeSet<>();
        keys.forEach(key -> algorithms.addAll(key.algorithms()));
        return keys.size() + (keys.size() == 1 ? " key for " : " keys for ") + String.join(", ", algorithms);
    }

    /** Which keys of it are not used, as in a sentence; empty where all are. */
    public String omissions() {
        return loaded == null ? "" : loaded.omissions();
    }

    List<VerificationKey> keys() {
        return loaded == null ? List.of() : loaded.keys();
    }

    private static String omitted(Loaded loaded) {
        return loaded.omissions().isEmpty() ? "" : ": " + loaded.omissions();
    }
}
