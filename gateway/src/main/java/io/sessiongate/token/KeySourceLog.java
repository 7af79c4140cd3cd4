package io.sessiongate.token;

import io.sessiongate.token.KeyLoader.Loaded;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is said of a source of keys in the log: each thing once, as a source that stays away is not worth a line a minute.
 * Confined to the source's owner thread. Nothing of a key, and nothing that a source wrote.
 */
final class KeySourceLog {

    private static final Logger LOG = LoggerFactory.getLogger(KeySource.class);

    private final KeySource.Identity source;
    private String lastSaid = "";

    KeySourceLog(KeySource.Identity source) {
        this.source = source;
    }

    /** It was read, and has other keys, or could not be read before. */
    void read(Loaded loaded, boolean otherKeys) {
        lastSaid = "";
        LOG.atInfo()
                .addKeyValue("source", source.name())
                .addKeyValue("keys", loaded.keys().size())
                .addKeyValue("at", source.location())
                .log((otherKeys ? "Keys read" : "Keys read again") + omitted(loaded));
    }

    void empty(Loaded loaded, String failure) {
        say("Keys cannot be verified with: " + failure + omitted(loaded), true);
    }

    void unreadable(String failure, boolean keepsKeys) {
        say(
                keepsKeys
                        ? "Keys cannot be read, the last ones are kept: " + failure
                        : "Keys cannot be read: " + failure,
                false);
    }

    void tooOld(String failure) {
        say("Keys are too old, and are not used any more: the source cannot be read: " + failure, true);
    }

    void notTakenOver(RuntimeException bug) {
        LOG.atError().addKeyValue("source", source.name()).setCause(bug).log("Keys cannot be taken over");
    }

    private void say(String what, boolean grave) {
        if (!what.equals(lastSaid)) {
            lastSaid = what;
            (grave ? LOG.atError() : LOG.atWarn())
                    .addKeyValue("source", source.name())
                    .addKeyValue("at", source.location())
                    .log(what);
        }
    }

    private static String omitted(Loaded loaded) {
        return loaded.omissions().isEmpty() ? "" : "; not used: " + loaded.omissions();
    }

    /** Of all that a reading fails with, what is fit to be said. */
    static String sentence(@Nullable Throwable fault) {
        for (Throwable at = fault; at != null; at = at.getCause()) {
            if (at instanceof IllegalArgumentException && at.getMessage() != null) {
                return at.getMessage();
            }
            if (at instanceof TimeoutException) {
                return "there was no whole answer within " + KeyFetcher.DEADLINE.toSeconds() + " s";
            }
        }
        return "reading failed";
    }
}
