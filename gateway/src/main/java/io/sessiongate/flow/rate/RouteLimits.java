package io.sessiongate.flow.rate;

import io.sessiongate.config.RateLimitConfig.By;
import java.util.List;

/** The limits that hold for the requests of one route, in the order in which they are asked. Immutable. */
public final class RouteLimits {

    final List<RateLimit> byAddress;
    final List<RateLimit> byPerson;

    RouteLimits(List<RateLimit> limits) {
        byAddress = limits.stream()
                .filter(limit -> limit.config().by() == By.ADDRESS)
                .toList();
        byPerson = limits.stream()
                .filter(limit -> limit.config().by() != By.ADDRESS)
                .toList();
    }

    int size() {
        return byAddress.size() + byPerson.size();
    }
}
