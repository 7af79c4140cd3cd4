package io.sessiongate.benchmarks.peers;

import java.net.InetSocketAddress;

/** HAProxy, which can verify a JWT but knows nothing of sessions. */
final class HaproxyConfig {

    private HaproxyConfig() {}

    static String jwtVerify(InetSocketAddress address, InetSocketAddress application, String secret) {
        return """
                global
                  nbthread 1
                  maxconn 4096
                defaults
                  mode http
                  timeout connect 5s
                  timeout client 60s
                  timeout server 60s
                  http-reuse always
                frontend in
                  bind %s:%d
                  http-request deny deny_status 401 unless { http_auth_bearer,jwt_header_query('$.alg') -m str HS256 }
                  http-request deny deny_status 401 unless { http_auth_bearer,jwt_verify("HS256","%s") -m int 1 }
                  default_backend app
                backend app
                  server app %s:%d
                """.formatted(
                address.getHostString(), address.getPort(), secret, application.getHostString(), application.getPort());
    }
}
