package io.sessiongate.benchmarks.peers;

import java.net.InetSocketAddress;
import java.nio.file.Path;

/** HAProxy, which can verify a JWT but knows nothing of sessions. */
final class HaproxyConfig {

    private HaproxyConfig() {}

    static String plain(InetSocketAddress address, InetSocketAddress application) {
        return whole(address, application, "");
    }

    /** Verifies the signature each time. */
    static String hs256(InetSocketAddress address, InetSocketAddress application, String secret) {
        return whole(address, application, verify("HS256", secret));
    }

    /** Verifies the signature each time. */
    static String rs256(InetSocketAddress address, InetSocketAddress application, Path publicKey) {
        return whole(address, application, verify("RS256", publicKey.toString()));
    }

    private static String verify(String algorithm, String key) {
        return """
                  http-request deny deny_status 401 unless { http_auth_bearer,jwt_header_query('$.alg') -m str %1$s }
                  http-request deny deny_status 401 unless { http_auth_bearer,jwt_verify("%1$s","%2$s") -m int 1 }
                """.formatted(algorithm, key);
    }

    private static String whole(InetSocketAddress address, InetSocketAddress application, String rules) {
        return """
                global
                  nbthread 1
                  maxconn 12000
                  no strict-limits
                defaults
                  mode http
                  timeout connect 5s
                  timeout queue 60s
                  timeout client 600s
                  timeout server 60s
                  http-reuse always
                frontend in
                  bind %s:%d backlog 4096
                %s  default_backend app
                backend app
                  server app %s:%d maxconn 512
                """.formatted(
                address.getHostString(), address.getPort(), rules, application.getHostString(), application.getPort());
    }
}
