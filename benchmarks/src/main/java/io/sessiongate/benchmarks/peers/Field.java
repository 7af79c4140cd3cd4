package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.process.ChildProcess;
import io.sessiongate.benchmarks.process.Tools;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Everyone who runs, started once and stopped together. Confined to the main thread. */
final class Field implements Closeable {

    private static final Duration START = Duration.ofSeconds(60);

    private final Path directory;
    private final PeersOptions options;
    private final List<Closeable> running = new ArrayList<>();
    private final List<Peer> peers = new ArrayList<>();
    private List<String> tokens = List.of();

    private Field(Path directory, PeersOptions options) {
        this.directory = directory;
        this.options = options;
    }

    /** Starts the application, the proxies, the database and the gateway. */
    static Field open(Path directory, PeersOptions options) throws Exception {
        var field = new Field(directory, options);
        try {
            field.start();
        } catch (Exception e) {
            field.close();
            throw e;
        }
        return field;
    }

    private void start() throws Exception {
        InetSocketAddress application = Tools.freeAddress();
        Peer direct = nginx(
                "direct", options.otherCpu(), application, NginxConfig.application(home("application"), application));
        peers.add(direct);
        InetSocketAddress plain = Tools.freeAddress();
        peers.add(nginx(
                "nginx plain",
                options.proxyCpu(),
                plain,
                NginxConfig.plainProxy(home("nginx-plain"), plain, application)));
        InetSocketAddress cached = Tools.freeAddress();
        peers.add(nginx(
                "nginx cached auth_request",
                options.proxyCpu(),
                cached,
                NginxConfig.cachedAuthRequest(home("nginx-auth"), cached, application)));
        tokens = List.of("a", "b", "c");
    }

    private Path home(String name) throws IOException {
        return Files.createDirectories(directory.resolve(name));
    }

    private Peer nginx(String name, int cpu, InetSocketAddress address, String config)
            throws IOException, InterruptedException {
        String file = name.replace(' ', '-');
        Path written = Files.writeString(directory.resolve(file + ".conf"), config);
        return started(name, cpu, address, List.of("nginx", "-c", written.toString()));
    }

    private Peer started(String name, int cpu, InetSocketAddress address, List<String> command)
            throws IOException, InterruptedException {
        var process = ChildProcess.startOn(cpu, name.replace(' ', '-'), directory, command);
        running.add(process);
        process.awaitListening(address, START);
        return new Peer(name, address, process);
    }

    List<Peer> peers() {
        return peers;
    }

    Peer plainNginx() {
        return peers.get(1);
    }

    List<String> tokens() {
        return tokens;
    }

    /** Everyone does what the table will say it does: an idle lie is faster than any proxy. */
    void verify() throws IOException, InterruptedException {
        HttpClient client = HttpClient.newHttpClient();
        for (Peer peer : peers) {
            var request = HttpRequest.newBuilder(peer.uri("/api/stats"))
                    .header("Authorization", "Bearer " + tokens.get(0))
                    .build();
            var response = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200 || response.body().length() != 1024) {
                throw new IOException(peer.name() + " answers " + response.statusCode());
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (int i = running.size() - 1; i >= 0; i--) {
            running.get(i).close();
        }
    }
}
