package io.sessiongate.flow;

import io.sessiongate.config.RevocationConfig;
import io.sessiongate.config.TokenConfig.Source;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.HeaderFields;
import io.sessiongate.http.ResponseHead;
import io.sessiongate.metrics.AnnouncementMeters;
import io.sessiongate.session.RevocationSource;
import io.sessiongate.token.VerifiedToken;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What the applications of one realm say about sessions in their answers: the revocation header, and a cleared session
 * cookie. Immutable, for any thread; an answer that says nothing costs a look-up of a header or two.
 */
public final class Signals {

    /** What the header's value asks for, the further-reaching later. */
    enum Word {
        NOTHING,
        SESSION,
        SUBJECT
    }

    private final @Nullable FieldName header;
    private final ClearedCookies cookies;
    private final Revoker revoker;
    private final AnnouncementMeters meters;

    /**
     * Prepares what is listened for.
     *
     * @param places where the realm's tokens are found; its cookies among them are watched
     */
    public Signals(
            RevocationConfig config,
            List<Source> places,
            InstantSource clock,
            Revoker revoker,
            AnnouncementMeters meters) {
        this.header = config.header() == null ? null : FieldName.of(config.header());
        this.cookies = new ClearedCookies(
                places.stream()
                        .filter(Source.Cookie.class::isInstance)
                        .map(place -> ((Source.Cookie) place).name())
                        .toList(),
                clock);
        this.revoker = revoker;
        this.meters = meters;
    }

    /** The header's name, or null where there is none. */
    @Nullable FieldName header() {
        return header;
    }

    /** What the header says, nothing where it is not there; what it cannot mean is counted. */
    Word heard(HeaderFields fields) {
        if (header == null || !fields.contains(header)) {
            return Word.NOTHING;
        }
        Word heard = Word.NOTHING;
        for (String line : fields.all(header)) {
            // A proxy between may have joined two lines (RFC 9110 section 5.3).
            for (int from = 0; from <= line.length(); ) {
                int comma = line.indexOf(',', from);
                int to = comma < 0 ? line.length() : comma;
                Word word = word(line.substring(from, to).strip());
                heard = word.compareTo(heard) > 0 ? word : heard;
                from = to + 1;
            }
        }
        return heard;
    }

    private Word word(String value) {
        if (value.equalsIgnoreCase("session")) {
            return Word.SESSION;
        }
        if (value.equalsIgnoreCase("subject")) {
            return Word.SUBJECT;
        }
        meters.badValue();
        return Word.NOTHING;
    }

    /** Whether the answer takes a session cookie away from the client. */
    boolean clearsCookie(ResponseHead head) {
        return cookies.clearedBy(head);
    }

    /**
     * Does what the header asks for; null is that the request carried no valid token.
     *
     * @param loop the request's
     */
    void obey(Word word, @Nullable VerifiedToken token, Executor loop) {
        if (token == null) {
            meters.noToken();
        } else if (word == Word.SUBJECT) {
            revoker.endSubject(token, loop, RevocationSource.ANNOUNCED);
        } else if (word == Word.SESSION) {
            revoker.endSession(token, RevocationSource.ANNOUNCED);
        }
    }

    /**
     * The client lost its cookie; applications clear one that is no good as well, and then there is nothing to do.
     *
     * @param isSignOut whether it lost it because it asked to be signed out: then nothing has to be checked
     */
    void cookieCleared(@Nullable VerifiedToken token, boolean isSignOut) {
        if (token != null && isSignOut) {
            revoker.signedOut(token, RevocationSource.ANNOUNCED);
        } else if (token != null) {
            revoker.distrustSession(token, RevocationSource.ANNOUNCED);
        }
    }
}
