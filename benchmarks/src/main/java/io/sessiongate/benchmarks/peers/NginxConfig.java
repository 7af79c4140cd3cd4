package io.sessiongate.benchmarks.peers;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** Configurations of nginx: the application behind everyone, and the two proxies we are compared with. */
final class NginxConfig {

    private NginxConfig() {}

    /**
     * An application that costs next to nothing: an answer of fixed length to each {@link Workload}, that of an auth server on
     * {@code /auth}, and on {@code /whoami} who it was told is asking. What is too long for a configuration is a file.
     */
    static String application(Path directory, InetSocketAddress address, Path socket) throws IOException {
        Files.writeString(directory.resolve(file(Workload.LARGE)), "x".repeat(Workload.LARGE.answerBytes()));
        return whole(directory, """
                  open_file_cache max=16;
                  client_body_buffer_size 32k;
                  sendfile on;
                  server {
                    listen %1$s backlog=4096;
                    listen unix:%2$s;
                    default_type application/json;
                    location = %3$s { return 200 '%4$s'; }
                    location = %5$s { root %6$s; }
                    location = %7$s { return 200 '%8$s'; }
                    location = /auth { add_header X-Auth-Subject 'user-1'; return 200 'ok'; }
                    location = /whoami { return 200 'subject=$http_x_auth_subject'; }
                  }
                """.formatted(
                        text(address),
                        socket,
                        Workload.SMALL.path(),
                        "x".repeat(Workload.SMALL.answerBytes()),
                        Workload.LARGE.path(),
                        directory,
                        Workload.UPLOAD.path(),
                        "x".repeat(Workload.UPLOAD.answerBytes())));
    }

    private static String file(Workload workload) {
        return workload.path().substring(1);
    }

    /** Nothing but proxying, with connections to the application kept. */
    static String plainProxy(Path directory, InetSocketAddress address, InetSocketAddress application) {
        return whole(directory, """
                  upstream app { server %s; keepalive 1024; keepalive_requests 100000000; keepalive_timeout 600s; }
                  server {
                    listen %s backlog=4096;
                    location / {
                      proxy_pass http://app;
                      proxy_http_version 1.1;
                      proxy_set_header Connection "";
                      proxy_set_header Host $host;
                    }
                  }
                """.formatted(text(application), text(address)));
    }

    /**
     * What people build instead of a gateway: {@code auth_request}, its answers kept for 60 s by Authorization header,
     * so that the auth server is asked once a minute and user.
     */
    static String cachedAuthRequest(Path directory, InetSocketAddress address, InetSocketAddress application) {
        return whole(directory, """
                  proxy_cache_path %s/auth-cache keys_zone=auth:10m max_size=100m inactive=10m use_temp_path=off;
                  upstream app { server %2$s; keepalive 1024; keepalive_requests 100000000; keepalive_timeout 600s; }
                  server {
                    listen %3$s backlog=4096;
                    location / {
                      auth_request /_auth;
                      auth_request_set $subject $upstream_http_x_auth_subject;
                      proxy_pass http://app;
                      proxy_http_version 1.1;
                      proxy_set_header Connection "";
                      proxy_set_header Host $host;
                      proxy_set_header X-Auth-Subject $subject;
                    }
                    location = /_auth {
                      internal;
                      proxy_pass http://app/auth;
                      proxy_http_version 1.1;
                      proxy_set_header Connection "";
                      proxy_pass_request_body off;
                      proxy_set_header Content-Length "";
                      proxy_cache auth;
                      proxy_cache_key $http_authorization;
                      proxy_cache_valid 200 60s;
                      proxy_cache_lock on;
                    }
                  }
                """.formatted(directory, text(application), text(address)));
    }

    private static String whole(Path directory, String http) {
        // Workers of a root-owned master become nobody otherwise, who may not enter our folder.
        String user = "root".equals(System.getProperty("user.name")) ? "user root;\n" : "";
        return user + """
                worker_processes 1;
                daemon off;
                pid %1$s/nginx.pid;
                error_log stderr error;
                worker_rlimit_nofile 50000;
                events { worker_connections 25000; }
                http {
                  access_log off;
                  proxy_buffers 16 8k;
                  proxy_max_temp_file_size 0;
                  tcp_nodelay on;
                  keepalive_timeout 600s;
                  keepalive_requests 100000000;
                  client_body_temp_path %1$s/body;
                  proxy_temp_path %1$s/proxy;
                  fastcgi_temp_path %1$s/fastcgi;
                  uwsgi_temp_path %1$s/uwsgi;
                  scgi_temp_path %1$s/scgi;
                """.formatted(directory) + http + "}\n";
    }

    private static String text(InetSocketAddress address) {
        return address.getHostString() + ":" + address.getPort();
    }
}
