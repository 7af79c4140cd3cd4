package io.sessiongate.benchmarks.floods;

import io.sessiongate.benchmarks.process.ChildProcess;
import io.sessiongate.benchmarks.process.GatewayProcess;
import io.sessiongate.benchmarks.process.Tools;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A proxy that is flooded, on processor 0.
 *
 * @param http1 where it speaks HTTP/1.1, for the others
 * @param http2 where it speaks HTTP/2 with prior knowledge
 */
record Target(String name, ChildProcess process, InetSocketAddress http1, InetSocketAddress http2)
        implements Closeable {

    private static final int CPU = 0;
    private static final Duration START = Duration.ofSeconds(90);

    static Target nginx(Path directory, InetSocketAddress application) throws IOException, InterruptedException {
        InetSocketAddress http1 = Tools.freeAddress();
        InetSocketAddress http2 = Tools.freeAddress();
        return started(
                "nginx",
                http1,
                http2,
                command("nginx", directory, nginx(directory, """
                  upstream app { server %s; keepalive 64; keepalive_requests 100000000; }
                  server {
                    listen %s;
                    listen %s http2;
                    location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
                  }
                """.formatted(
                                text(application), text(http1), text(http2)))),
                directory);
    }

    static Target haproxy(Path directory, InetSocketAddress application) throws IOException, InterruptedException {
        InetSocketAddress http1 = Tools.freeAddress();
        InetSocketAddress http2 = Tools.freeAddress();
        Path file = Files.writeString(
                directory.resolve("haproxy.cfg"), """
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
                  bind %s
                  bind %s proto h2
                  default_backend app
                backend app
                  server app %s
                """.formatted(text(http1), text(http2), text(application)));
        return started("haproxy", http1, http2, List.of("haproxy", "-f", file.toString()), directory);
    }

    /** With everything at its default but the access log, which is off for all. */
    static Target sessiongate(Path directory, InetSocketAddress application) throws IOException, InterruptedException {
        InetSocketAddress address = Tools.freeAddress();
        Path file = Files.writeString(directory.resolve("sessiongate.yaml"), """
                listeners: [ { address: "%s" } ]
                admin: { address: "%s" }
                log: { access: false }
                upstreams: { application: { servers: [ "http://%s" ] } }
                routes: [ { path: /**, access: public, upstream: application } ]
                """.formatted(
                        text(address), text(Tools.freeAddress()), text(application)));
        String launcher = GatewayProcess.thisCheckout().resolve("sessiongate").toString();
        return started("sessiongate", address, address, List.of(launcher, "run", "-c", file.toString()), directory);
    }

    /** Small and large answers, on the processor of whoever calls. */
    static ChildProcess application(Path directory, InetSocketAddress address)
            throws IOException, InterruptedException {
        Files.writeString(directory.resolve("small"), "x".repeat(1_024));
        Files.writeString(directory.resolve("large"), "x".repeat(1 << 20));
        var process = ChildProcess.start(
                "application", directory, Map.of(), command("nginx", directory, nginx(directory, """
                  server { listen %s; root %s; }
                """.formatted(
                                text(address), directory))));
        process.awaitListening(address, START);
        return process;
    }

    private static List<String> command(String program, Path directory, String configuration) throws IOException {
        Path file = Files.writeString(directory.resolve(program + ".conf"), configuration);
        return List.of(program, "-c", file.toString());
    }

    private static String nginx(Path directory, String http) {
        // Workers of a root-owned master become nobody otherwise, who may not enter our folder.
        String user = "root".equals(System.getProperty("user.name")) ? "user root;\n" : "";
        return user + """
                worker_processes 1;
                daemon off;
                pid %1$s/nginx.pid;
                error_log %1$s/error.log crit;
                events { worker_connections 4096; }
                http {
                  access_log off;
                  keepalive_requests 100000000;
                  client_body_temp_path %1$s/body;
                  proxy_temp_path %1$s/proxy;
                  fastcgi_temp_path %1$s/fastcgi;
                  uwsgi_temp_path %1$s/uwsgi;
                  scgi_temp_path %1$s/scgi;
                """.formatted(directory) + http + "}\n";
    }

    private static Target started(
            String name, InetSocketAddress http1, InetSocketAddress http2, List<String> command, Path directory)
            throws IOException, InterruptedException {
        ChildProcess process = ChildProcess.startOn(CPU, name, directory, command);
        process.awaitListening(http1, START);
        return new Target(name, process, http1, http2);
    }

    private static String text(InetSocketAddress address) {
        return address.getHostString() + ":" + address.getPort();
    }

    @Override
    public void close() {
        process.close();
    }
}
