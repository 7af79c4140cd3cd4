package io.sessiongate.flow;

import io.sessiongate.flow.Signals.Word;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.HeaderFields;
import io.sessiongate.http.RequestHead;
import io.sessiongate.http.ResponseHead;
import io.sessiongate.token.TokenVerdict;
import io.sessiongate.token.VerifiedToken;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hears what applications announce in their answers, and keeps it from the client. What is announced holds before the answer
 * goes on, so that the client's next request meets it. Immutable, for any thread.
 *
 * <p>Meant is the session of the token that came with the request. On routes that look at no token (a sign-out is public) it
 * is looked at now, so that other answers pay nothing; where that takes a slow signature check of a token not seen before,
 * the answer does not wait for it.
 */
final class Announcements {

    private static final String SIGN_OUT = "/signout";

    /** Of all realms, each once: whoever may reach two of them must not see the other's either. */
    private final FieldName[] headers;

    Announcements(Map<String, Realm> realms) {
        this.headers = realms.values().stream()
                .map(realm -> realm.signals().header())
                .filter(Objects::nonNull)
                .distinct()
                .toArray(FieldName[]::new);
    }

    /**
     * Takes the header out of any head, or the trailers, of an answer, and does what it says.
     *
     * @return whether it said something
     */
    boolean take(Request request, HeaderFields fields) {
        @Nullable Realm realm = request.realm;
        Word word = realm == null ? Word.NOTHING : realm.signals().heard(fields);
        for (FieldName header : headers) {
            fields.remove(header);
        }
        if (realm == null || word == Word.NOTHING) {
            return false;
        }
        withToken(request, realm, token -> realm.signals().obey(word, token, request.loop()));
        return true;
    }

    /** Looks at the cookies that a final answer sets. */
    void look(Request request, ResponseHead head) {
        @Nullable Realm realm = request.realm;
        if (realm != null && realm.signals().clearsCookie(head)) {
            boolean isSignOut = isSignOut(request.head());
            withToken(request, realm, token -> realm.signals().cookieCleared(token, isSignOut));
        }
    }

    /** Such as Auth.js has at {@code /api/auth/signout}; it clears the cookie only where it believed the request. */
    private static boolean isSignOut(RequestHead head) {
        String target = head.target();
        int query = target.indexOf('?');
        int end = query < 0 ? target.length() : query;
        return head.method().equals("POST") && target.startsWith(SIGN_OUT, end - SIGN_OUT.length());
    }

    private static void withToken(Request request, Realm realm, Consumer<@Nullable VerifiedToken> then) {
        @Nullable TokenVerdict known = request.token != null ? request.token : request.presented;
        if (known != null) {
            then.accept(valid(known));
            return;
        }
        realm.tokens().check(request.head(), request.loop(), verdict -> {
            request.presented = verdict;
            then.accept(valid(verdict));
        });
    }

    private static @Nullable VerifiedToken valid(TokenVerdict verdict) {
        return verdict instanceof TokenVerdict.Valid valid ? valid.token() : null;
    }
}
