package io.sessiongate.listener;

import io.netty.handler.codec.http.LastHttpContent;
import io.sessiongate.http.Trailers;
import java.util.Set;
import java.util.function.Predicate;

/** Drops the trailer fields that may not be passed on. Stateless. */
final class TrailerFilter {

    private TrailerFilter() {}

    static void keep(LastHttpContent last, Predicate<? super CharSequence> permitted) {
        if (last.trailingHeaders().isEmpty()) {
            return;
        }
        for (String name : Set.copyOf(last.trailingHeaders().names())) {
            if (Trailers.forbidden(name) || !permitted.test(name)) {
                last.trailingHeaders().remove(name);
            }
        }
    }
}
