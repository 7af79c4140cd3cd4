package io.sessiongate.app;

import io.sessiongate.config.GatewayConfig;
import io.sessiongate.flow.ForwardingFields;
import io.sessiongate.flow.Realm;
import io.sessiongate.flow.RequestFlow;
import io.sessiongate.flow.rate.RateLimits;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * All that is derived from one configuration and decides requests. Immutable; a request meets one of them and no other. Parts for
 * which nothing changed are those of the generation before.
 *
 * @param realms by name, in the order configured
 */
record Generation(
        GatewayConfig config,
        Map<String, Realm> realms,
        ForwardingFields forwarding,
        RateLimits limits,
        RequestFlow flow) {

    Generation {
        realms = Collections.unmodifiableMap(new LinkedHashMap<>(realms));
    }
}
