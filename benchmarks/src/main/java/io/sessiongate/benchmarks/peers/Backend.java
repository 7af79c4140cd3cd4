package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.process.ChildProcess;
import io.sessiongate.benchmarks.process.GatewayProcess;
import io.sessiongate.benchmarks.process.Tools;
import io.sessiongate.demo.DatabaseRole;
import io.sessiongate.demo.DemoData;
import io.sessiongate.demo.EmbeddedDatabase;
import io.sessiongate.demo.SessionTokens;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** What everyone has behind them: the application, the database with the sessions, and the users' tokens. */
final class Backend implements Closeable {

    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration SESSION_LIFE = Duration.ofHours(12);

    private final InetSocketAddress address;
    private final Path socket;
    private final ChildProcess application;
    private final EmbeddedDatabase database;
    private final String secret = SessionTokens.randomSecret();
    private final RsaTokens rsa;
    private final List<String> hs256Tokens;
    private final List<String> rs256Tokens;

    private Backend(Path directory, int users, int cpu, InetSocketAddress address, EmbeddedDatabase database)
            throws IOException, SQLException {
        this.address = address;
        this.database = database;
        this.socket = directory.resolve("application.sock");
        var data = new DemoData(
                database, new SessionTokens(secret.getBytes(StandardCharsets.UTF_8), InstantSource.system()));
        data.install();
        List<DemoData.Login> logins = data.logInMany(users, "member", SESSION_LIFE);
        this.hs256Tokens = logins.stream().map(DemoData.Login::token).toList();
        this.rsa = RsaTokens.create(directory.resolve("rsa.pem"));
        this.rs256Tokens = hs256Tokens.stream().map(rsa::signAgain).toList();
        Path home = Files.createDirectories(directory.resolve("application"));
        Path config = Files.writeString(home.resolve("nginx.conf"), NginxConfig.application(home, address, socket));
        this.application = ChildProcess.startOn(cpu, "application", home, List.of("nginx", "-c", config.toString()));
    }

    static Backend open(Path directory, int users, int cpu) throws Exception {
        EmbeddedDatabase database = EmbeddedDatabase.start();
        try {
            var backend = new Backend(directory, users, cpu, Tools.freeAddress(), database);
            backend.application.awaitListening(backend.address, START);
            return backend;
        } catch (IOException | SQLException | InterruptedException e) {
            database.close();
            throw e;
        }
    }

    InetSocketAddress address() {
        return address;
    }

    /** Where the application listens as well. */
    Path socket() {
        return socket;
    }

    ChildProcess process() {
        return application;
    }

    String secret() {
        return secret;
    }

    /** PEM of the key that the RS256 tokens are verified with. */
    Path publicKey() {
        return rsa.publicKey();
    }

    List<String> hs256Tokens() {
        return hs256Tokens;
    }

    /** The same users' tokens, signed with RS256. */
    List<String> rs256Tokens() {
        return rs256Tokens;
    }

    GatewayProcess.Settings settings(InetSocketAddress gateway) throws IOException {
        return new GatewayProcess.Settings(
                gateway,
                Tools.freeAddress(),
                address,
                database.url(DatabaseRole.GATEWAY),
                secret,
                SessionTokens.ISSUER,
                GatewayProcess.Lookup.table());
    }

    @Override
    public void close() {
        application.close();
        database.close();
    }
}
