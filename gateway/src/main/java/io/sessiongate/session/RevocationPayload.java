package io.sessiongate.session;

import io.sessiongate.token.Fingerprint;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a notification says: a letter, a colon, and what it is about, separated by commas. Whoever may connect to the database
 * may notify, so a payload is taken as a whole or not at all, by its letter and the exact form of each fingerprint.
 */
record RevocationPayload(Kind kind, List<Fingerprint> about) {

    /** PostgreSQL takes payloads shorter than 8,000 bytes. */
    static final int MAX_LENGTH = 7_999;

    /** Length of one fingerprint, in hexadecimal digits. */
    static final int DIGITS = 64;

    /** The most fingerprints in one. */
    static final int MOST = (MAX_LENGTH - 1) / (DIGITS + 1);

    /** By its letter. */
    enum Kind {
        SESSION_ENDED('s'),
        SUBJECT_ENDED('u'),
        SESSION_CHANGED('c'),
        SUBJECT_CHANGED('d'),
        /** The triggers failed: something may have ended, and nobody will say what. About nothing. */
        UNTOLD('x'),
        /** A listener's sign of life to itself; about nothing. */
        PING('p');

        private final char letter;

        Kind(char letter) {
            this.letter = letter;
        }

        char letter() {
            return letter;
        }

        static @Nullable Kind of(char letter) {
            for (Kind kind : values()) {
                if (kind.letter == letter) {
                    return kind;
                }
            }
            return null;
        }
    }

    RevocationPayload {
        about = List.copyOf(about);
    }

    /** Null where it is not of the form. */
    static @Nullable RevocationPayload parse(String text) {
        if (text.length() < 2 || text.length() > MAX_LENGTH || text.charAt(1) != ':') {
            return null;
        }
        Kind kind = Kind.of(text.charAt(0));
        if (kind == null) {
            return null;
        }
        return switch (kind) {
            case PING -> text.length() > 2 ? new RevocationPayload(kind, List.of()) : null;
            case UNTOLD -> text.length() == 2 ? new RevocationPayload(kind, List.of()) : null;
            case SESSION_ENDED, SUBJECT_ENDED, SESSION_CHANGED, SUBJECT_CHANGED -> parse(kind, text);
        };
    }

    private static @Nullable RevocationPayload parse(Kind kind, String text) {
        if (text.length() == 2 || (text.length() - 1) % (DIGITS + 1) != 0) {
            return null;
        }
        List<Fingerprint> about = new ArrayList<>(text.length() / DIGITS);
        for (int from = 2; from < text.length(); from += DIGITS + 1) {
            Fingerprint one = Fingerprint.ofHex(text, from);
            if (one == null || (from > 2 && text.charAt(from - 1) != ',')) {
                return null;
            }
            about.add(one);
        }
        return new RevocationPayload(kind, about);
    }

    /**
     * The notification that tells of these.
     *
     * @param hexes the whole SHA-256 of each id, at most {@link #MOST}
     */
    static String write(Kind kind, List<String> hexes) {
        return kind.letter() + ":" + String.join(",", hexes);
    }

    /** Tells the intake what it is about. */
    void applyTo(RevocationIntake intake) {
        Consumer<Fingerprint> each = switch (kind) {
            case SESSION_ENDED -> intake::sessionEnded;
            case SUBJECT_ENDED -> intake::subjectEnded;
            case SESSION_CHANGED -> intake::sessionChanged;
            case SUBJECT_CHANGED -> intake::subjectChanged;
            case UNTOLD, PING -> nothing -> {};
        };
        about.forEach(each);
    }
}
