package io.sessiongate.benchmarks.peers;

import java.util.List;

/**
 * Someone who can be started.
 *
 * @param key names it on the command line and in saved results
 * @param name names it in tables
 * @param compiles whether it needs a warm-up because its code is compiled while it runs
 * @param verifies whether a bad token must be refused
 */
record PeerSpec(String key, String name, boolean compiles, boolean verifies) {

    private static final int SPRING_PATIENCE = 3;

    static final PeerSpec DIRECT = new PeerSpec("direct", "direct", false, false);
    static final PeerSpec NGINX = new PeerSpec("nginx", "nginx plain", false, false);
    static final PeerSpec NGINX_AUTH = new PeerSpec("nginx-auth", "nginx cached auth_request", false, false);
    static final PeerSpec HAPROXY = new PeerSpec("haproxy", "HAProxy plain", false, false);
    static final PeerSpec HAPROXY_HS256 = new PeerSpec("haproxy-hs256", "HAProxy jwt_verify HS256", false, true);
    static final PeerSpec HAPROXY_RS256 = new PeerSpec("haproxy-rs256", "HAProxy jwt_verify RS256", false, true);
    static final PeerSpec SPRING = new PeerSpec("spring", "Spring Cloud Gateway, JWT", true, true);
    static final PeerSpec SESSIONGATE = new PeerSpec("sessiongate", "Sessiongate, JWT and session", true, true);

    /** In the order of the tables. */
    static final List<PeerSpec> ALL =
            List.of(DIRECT, NGINX, NGINX_AUTH, HAPROXY, HAPROXY_HS256, HAPROXY_RS256, SPRING, SESSIONGATE);

    static PeerSpec of(Variant variant) {
        return new PeerSpec(variant.label(), "Sessiongate: " + variant.label(), true, true);
    }

    static PeerSpec named(String key) {
        return ALL.stream()
                .filter(p -> p.key.equals(key))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("nobody is called " + key));
    }

    /** Times as long a warm-up as others may have: Spring has far more to compile. */
    int patience() {
        return equals(SPRING) ? SPRING_PATIENCE : 1;
    }

    /** Whether it is Sessiongate, in whatever variant. */
    boolean isSessiongate() {
        return equals(SESSIONGATE) || !ALL.contains(this);
    }
}
