package io.sessiongate.flow;

import io.sessiongate.config.TokenConfig.Source;
import io.sessiongate.http.RequestHead;
import io.sessiongate.token.RivalCookies;
import java.util.List;

/**
 * Takes every token of a realm out of a request, so that the application sees a visitor who is not signed in. Immutable, for
 * any thread.
 */
final class TokenRemoval {

    private final List<String> headers;
    private final RivalCookies cookies;

    TokenRemoval(List<Source> places) {
        this.headers = places.stream()
                .filter(Source.Header.class::isInstance)
                .map(place -> ((Source.Header) place).name())
                .toList();
        this.cookies = new RivalCookies(places);
    }

    void from(RequestHead head) {
        headers.forEach(head::remove);
        cookies.removeAll(head);
    }
}
