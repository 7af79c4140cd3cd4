package io.sessiongate.benchmarks.changes;

import com.sun.net.httpserver.HttpServer;
import io.sessiongate.benchmarks.process.Tools;
import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Three servers of an application. One that restarts drops what it has under way, and is away for a moment. */
final class Servers implements Closeable {

    private static final byte[] BODY = "served".getBytes(StandardCharsets.US_ASCII);
    private static final int COUNT = 3;
    private static final long AWAY_MILLIS = 300;

    private final ExecutorService threads = Executors.newFixedThreadPool(8);
    private final List<InetSocketAddress> addresses = new ArrayList<>();
    private final List<HttpServer> running = new ArrayList<>();

    private Servers() {}

    static Servers start() throws IOException, InterruptedException {
        // Else its head and its body wait for each other's acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        var servers = new Servers();
        for (int i = 0; i < COUNT; i++) {
            InetSocketAddress address = Tools.freeAddress();
            servers.addresses.add(address);
            servers.running.add(servers.open(address));
        }
        return servers;
    }

    List<InetSocketAddress> addresses() {
        return addresses;
    }

    private HttpServer open(InetSocketAddress address) throws IOException, InterruptedException {
        for (int tries = 0; ; tries++) {
            try {
                HttpServer server = HttpServer.create(address, 1024);
                server.createContext("/", exchange -> {
                    exchange.sendResponseHeaders(200, BODY.length);
                    exchange.getResponseBody().write(BODY);
                    exchange.close();
                });
                server.setExecutor(threads);
                server.start();
                return server;
            } catch (BindException e) {
                if (tries > 100) {
                    throw e;
                }
                Thread.sleep(50);
            }
        }
    }

    void restartOne(int number) throws IOException, InterruptedException {
        int which = number % COUNT;
        running.get(which).stop(0);
        Thread.sleep(AWAY_MILLIS);
        running.set(which, open(addresses.get(which)));
    }

    @Override
    public void close() {
        running.forEach(server -> server.stop(0));
        threads.shutdownNow();
    }
}
