package io.sessiongate.token;

import io.micrometer.core.instrument.MeterRegistry;
import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.KeySourceConfig;
import io.sessiongate.config.KeySourceConfig.Kind;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.metrics.KeyMeters;
import io.sessiongate.token.KeySource.Asked;
import io.sessiongate.token.KeySource.Identity;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * The keys of a realm that are read from somewhere again and again: key files, JWK Sets, issuers. For any thread; nothing
 * here is changed after it was made.
 */
public final class KeySources {

    private final List<KeySource> sources = new ArrayList<>();
    private final Map<KeySourceConfig, KeySource> byPlace = new HashMap<>();
    private volatile Runnable onChange = () -> {};

    private KeySources() {}

    /** For realms whose keys all stand in their configuration. */
    public static KeySources none() {
        return new KeySources();
    }

    /** Those of the configuration, not yet read but for key files, which were read with it. */
    public static KeySources of(
            TokenConfig config, String realm, KeyThreads threads, LongSupplier nanoTime, MeterRegistry registry) {
        return of(config, none(), realm, threads, nanoTime, registry);
    }

    /**
     * The same.
     *
     * @param former those of the configuration before: what stands at the same place still is known from the beginning
     */
    public static KeySources of(
            TokenConfig config,
            KeySources former,
            String realm,
            KeyThreads threads,
            LongSupplier nanoTime,
            MeterRegistry registry) {
        var made = new KeySources();
        Set<String> names = new HashSet<>();
        for (KeyConfig key : config.keys()) {
            Path file = key.file();
            if (file != null) {
                String name = name(String.valueOf(file.getFileName()), names);
                made.sources.add(new KeySource(
                        new Identity(name, key.location(), false, key.algorithms(), key.issuer()),
                        KeyLoader.ofPem(key, threads),
                        RefreshRhythm.ofFile(),
                        null,
                        List.of(VerificationKey.of(key)),
                        threads,
                        nanoTime,
                        new KeyMeters(registry, realm, name),
                        made::changed));
            }
        }
        for (KeySourceConfig source : config.keySources()) {
            boolean file = source.kind() == Kind.FILE;
            String name = name(
                    file
                            ? String.valueOf(Path.of(source.address()).getFileName())
                            : URI.create(source.address()).getAuthority(),
                    names);
            KeySource own = new KeySource(
                    new Identity(name, source.location(), true, source.algorithms(), source.issuer()),
                    KeyLoader.of(source, threads),
                    file ? RefreshRhythm.ofFile() : RefreshRhythm.ofUrl(source.refresh()),
                    file ? null : source.keepFor(),
                    List.of(),
                    threads,
                    nanoTime,
                    new KeyMeters(registry, realm, name),
                    made::changed);
            KeySource before = former.byPlace.get(SameToken.placeless(source));
            if (before != null) {
                own.takeOver(before);
            }
            made.sources.add(own);
            made.byPlace.put(SameToken.placeless(source), own);
        }
        return made;
    }

    /** A value of a metric tag: the host or the file's name, made different where two are the same. */
    private static String name(String wanted, Set<String> taken) {
        String name = wanted;
        for (int i = 2; !taken.add(name); i++) {
            name = wanted + "#" + i;
        }
        return name;
    }

    /** Reads all, and then again and again; {@code onChange} is told on the owner thread when there are other keys. */
    void start(Runnable onChange) {
        this.onChange = onChange;
        sources.forEach(KeySource::start);
    }

    private void changed() {
        onChange.run();
    }

    /** Reads all once more, now. For any thread. */
    void readAgain() {
        sources.forEach(KeySource::start);
    }

    /** Has the meters tell of these rather than of others of the same names. */
    void show() {
        sources.forEach(KeySource::show);
    }

    /** Their names, as in the tags of meters. */
    public Set<String> names() {
        return sources.stream().map(source -> source.identity().name()).collect(Collectors.toUnmodifiableSet());
    }

    /** Reads no more. For any thread. */
    void close() {
        sources.forEach(KeySource::close);
    }

    List<KeySource> all() {
        return sources;
    }

    /**
     * Has sources read, and then runs {@code then} on {@code loop}: at once where none may be read now.
     *
     * @return what came of it; {@code then} runs only after {@code WAITS}
     */
    static Asked ask(List<KeySource> wanted, Executor loop, Runnable then) {
        var left = new AtomicInteger(1);
        Runnable one = () -> {
            if (left.decrementAndGet() == 0) {
                try {
                    loop.execute(then);
                } catch (RejectedExecutionException e) {
                    // The loop has ended and its connections with it: there is nobody left to tell.
                }
            }
        };
        Asked outcome = Asked.LIMITED;
        for (KeySource source : wanted) {
            left.incrementAndGet();
            Asked asked = source.ask(one);
            if (asked == Asked.WAITS) {
                outcome = Asked.WAITS;
            } else {
                left.decrementAndGet();
                outcome = outcome == Asked.LIMITED ? asked : outcome;
            }
        }
        if (outcome == Asked.WAITS) {
            one.run(); // the one that was there from the beginning
        }
        return outcome;
    }
}
