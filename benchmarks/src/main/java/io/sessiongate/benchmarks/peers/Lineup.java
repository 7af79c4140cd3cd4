package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.process.ChildProcess;
import io.sessiongate.benchmarks.process.GatewayProcess;
import io.sessiongate.benchmarks.process.Tools;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Starts whoever is measured, each on the one processor, and stops them all in the end. Confined to the main thread. */
final class Lineup implements Closeable {

    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration ARCHIVE = Duration.ofMinutes(2);

    private final Backend backend;
    private final PeersOptions options;
    private final Path directory;
    private final List<Peer> running = new ArrayList<>();
    private int started;

    Lineup(Backend backend, PeersOptions options, Path directory) {
        this.backend = backend;
        this.options = options;
        this.directory = directory;
    }

    /** Everyone asked for who can run here; says who cannot. Builds what has to be built. */
    static List<PeerSpec> available(PeersOptions options) throws IOException, InterruptedException {
        var available = new ArrayList<PeerSpec>();
        for (PeerSpec spec : options.specs()) {
            if (spec.key().startsWith("haproxy") && !Tools.installed("haproxy")) {
                System.out.println(spec.name() + " is left out: HAProxy is not installed (Debian package: haproxy)");
            } else if (!spec.equals(PeerSpec.SPRING) || SpringGateway.build()) {
                available.add(spec);
            }
        }
        for (Variant variant : options.variants()) {
            variant.build();
        }
        return available;
    }

    /** A new process of this kind; it has done nothing yet. */
    Peer start(PeerSpec spec) throws IOException, InterruptedException {
        if (spec.equals(PeerSpec.DIRECT)) {
            return new Peer(spec, backend.address(), backend.process(), backend.hs256Tokens());
        }
        String name = spec.key() + "-" + ++started;
        Path home = Files.createDirectories(directory.resolve(name));
        InetSocketAddress address = Tools.freeAddress();
        ChildProcess process = process(spec, name, home, address);
        boolean rs256 = spec.equals(PeerSpec.HAPROXY_RS256);
        var peer = new Peer(spec, address, process, rs256 ? backend.rs256Tokens() : backend.hs256Tokens());
        running.add(peer);
        process.awaitListening(address, START);
        return peer;
    }

    private ChildProcess process(PeerSpec spec, String name, Path home, InetSocketAddress address)
            throws IOException, InterruptedException {
        InetSocketAddress application = backend.address();
        return switch (spec.key()) {
            case "nginx" -> nginx(name, home, NginxConfig.plainProxy(home, address, application));
            case "nginx-auth" -> nginx(name, home, NginxConfig.cachedAuthRequest(home, address, application));
            case "haproxy" -> haproxy(name, home, HaproxyConfig.plain(address, application));
            case "haproxy-hs256" -> haproxy(name, home, HaproxyConfig.hs256(address, application, backend.secret()));
            case "haproxy-rs256" -> haproxy(name, home, HaproxyConfig.rs256(address, application, backend.publicKey()));
            case "spring" -> SpringGateway.start(name, home, options.proxyCpu(), address, backend);
            default -> sessiongate(spec, name, home, address);
        };
    }

    private ChildProcess nginx(String name, Path home, String config) throws IOException {
        Path file = Files.writeString(home.resolve("nginx.conf"), config);
        return ChildProcess.startOn(options.proxyCpu(), name, home, List.of("nginx", "-c", file.toString()));
    }

    private ChildProcess haproxy(String name, Path home, String config) throws IOException {
        Path file = Files.writeString(home.resolve("haproxy.cfg"), config);
        return ChildProcess.startOn(options.proxyCpu(), name, home, List.of("haproxy", "-db", "-f", file.toString()));
    }

    /** Verifies the token and asks a real PostgreSQL about each session at least once a minute: its defaults. */
    private ChildProcess sessiongate(PeerSpec spec, String name, Path home, InetSocketAddress address)
            throws IOException, InterruptedException {
        Variant variant = options.variants().stream()
                .filter(v -> v.label().equals(spec.key()))
                .findFirst()
                .orElse(Variant.NONE);
        var program = variant.program(name, directory, backend.socket(), Profiler.jvmOptions(options.profile()));
        ChildProcess gateway = GatewayProcess.start(program, backend.settings(address), home, options.proxyCpu());
        // The first start of a build makes the archive for the next beside it. Under load that took minutes, and
        // counted as the gateway's.
        GatewayProcess.awaitArchive(program, ARCHIVE);
        return gateway;
    }

    void stop(Peer peer) {
        if (running.remove(peer)) {
            peer.process().close();
        }
    }

    @Override
    public void close() {
        for (Peer peer : List.copyOf(running)) {
            stop(peer);
        }
    }
}
