package io.sessiongate.flow;

import io.sessiongate.http.RequestHead;
import org.jspecify.annotations.Nullable;

/**
 * Who asked for what: by the exact token, as two tokens of a session may say different things.
 *
 * @param tokenSha256 never the token itself
 */
record SessionAnswerKey(String tokenSha256, String host, String target) {

    /** Of objects and references, about. */
    private static final int OVERHEAD_BYTES = 200;

    static SessionAnswerKey of(RequestHead head, String tokenSha256) {
        @Nullable String host = head.first("Host");
        return new SessionAnswerKey(tokenSha256, host == null ? "" : host, head.target());
    }

    SessionAnswerKey with(String otherTokenSha256) {
        return new SessionAnswerKey(otherTokenSha256, host, target);
    }

    int weight() {
        return OVERHEAD_BYTES + tokenSha256.length() + host.length() + target.length();
    }

    /** Names nobody: this may reach a log. */
    @Override
    public String toString() {
        return "SessionAnswerKey";
    }
}
