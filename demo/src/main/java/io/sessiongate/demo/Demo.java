package io.sessiongate.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** The running demonstration: database, application and, in that mode, the gateway; stopped in the reverse order. */
final class Demo implements AutoCloseable {

    private static final Duration LOGIN_LIFE = Duration.ofHours(1);

    private final Deque<Runnable> stops = new ArrayDeque<>();
    private final DemoSettings settings;
    private final InetSocketAddress address;
    private final DemoData data;
    private final DemoData.Login administrator;
    private final DemoData.Login member;
    private final @Nullable DemoGateway gateway;

    /** Starts everything; what was started is stopped again when something fails. */
    Demo(DemoSettings settings) throws IOException, SQLException {
        this.settings = settings;
        boolean started = false;
        try {
            EmbeddedDatabase database = EmbeddedDatabase.start();
            stops.push(database::close);
            String secret = SessionTokens.randomSecret();
            var tokens = new SessionTokens(secret.getBytes(StandardCharsets.UTF_8), InstantSource.system());
            data = new DemoData(database, tokens);
            data.install();
            administrator = logIn(DemoData.USERS.get(0));
            member = logIn(DemoData.USERS.get(1));

            var options = DemoOptions.of(settings.validation(), database.url(DatabaseRole.APPLICATION), tokens);
            if (settings.validation() == Validation.ITSELF) {
                var application = start(options.withAddress(loopback(settings.port()))
                        .withSessionQueryDelay(settings.sessionQueryDelay()));
                gateway = null;
                address = application.address();
            } else {
                var metrics = URI.create("http://127.0.0.1:" + settings.adminPort() + "/metrics");
                var application = start(options.withGateway(metrics, settings.revalidateAfter()));
                var file = new GatewayFile(
                        loopback(settings.port()),
                        loopback(settings.adminPort()),
                        application.address(),
                        settings.revalidateAfter(),
                        settings.sessionQueryDelay());
                gateway = DemoGateway.start(file, secret, database.url(DatabaseRole.GATEWAY));
                stops.push(gateway::close);
                address = gateway.address();
            }
            started = true;
        } finally {
            if (!started) {
                close();
            }
        }
    }

    private DemoApplication start(DemoOptions options) throws IOException {
        var application = new DemoApplication(options);
        stops.push(application::close);
        return application;
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** What to open, what to type, what to watch. */
    String guide() {
        String site = "http://127.0.0.1:" + address.getPort();
        return gateway == null
                ? DemoGuide.alone(settings, site, administrator, member)
                : DemoGuide.behindTheGateway(settings, site, gateway.file(), administrator, member);
    }

    InetSocketAddress address() {
        return address;
    }

    /** One more session. */
    DemoData.Login logIn(DemoData.User user) throws SQLException {
        return data.logIn(user, "curl", LOGIN_LIFE);
    }

    /** Ends a session by a statement, of which the gateway hears from the database alone. */
    void revoke(DemoData.Login login) throws SQLException {
        data.revoke(login);
    }

    /** Ada's session for the shell. */
    DemoData.Login administrator() {
        return administrator;
    }

    /** Grace's session for the shell. */
    DemoData.Login member() {
        return member;
    }

    @Override
    public synchronized void close() {
        while (!stops.isEmpty()) {
            stops.pop().run();
        }
    }
}
