package io.sessiongate.benchmarks.changes;

import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.demo.DatabaseRole;
import io.sessiongate.demo.DemoData;
import io.sessiongate.demo.DemoData.Login;
import io.sessiongate.demo.EmbeddedDatabase;
import io.sessiongate.session.RevocationSql;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Revokes one session after the other, and asks with all that were revoked whether one is let in. */
@SuppressWarnings("NonAtomicVolatileUpdate") // the counts have one writer, this thread
final class Revoked extends Thread {

    /** A push takes milliseconds; while one gateway takes the place of another it may be lost, and then the interval holds. */
    private static final Duration OUT_WITHIN = Duration.ofSeconds(31);

    private final InetSocketAddress address;
    private final DemoData data;
    private final List<Login> logins;
    private final Duration length;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<Long> revokedNanos = new ArrayList<>();
    private final List<Boolean> out = new ArrayList<>();
    private volatile int letIn;
    private volatile long asked;
    private volatile long longestNanos;

    Revoked(InetSocketAddress address, DemoData data, List<Login> logins, Duration length) {
        super("revoked");
        this.address = address;
        this.data = data;
        this.logins = logins;
        this.length = length;
        setDaemon(true);
    }

    static void installPush(EmbeddedDatabase database) throws SQLException {
        var lookup = new Lookup.Table(List.of("sessions"), "id", "user_id", "expires_at", "revoked_at");
        try (Connection owner = database.connect(DatabaseRole.APPLICATION);
                Statement statement = owner.createStatement()) {
            statement.execute(RevocationSql.of("default", lookup, null, "sessiongate_revoked")
                    .install());
        }
    }

    @Override
    public void run() {
        long begun = System.nanoTime();
        long interval = length.toNanos() * 9 / 10 / Math.max(1, logins.size());
        try {
            for (long now = begun; now - begun < length.toNanos(); now = System.nanoTime()) {
                int due = (int) Math.min(logins.size(), (now - begun) / interval);
                while (revokedNanos.size() < due) {
                    Login next = logins.get(revokedNanos.size());
                    status(next); // so that it is known there as good
                    data.revoke(next);
                    revokedNanos.add(System.nanoTime());
                    out.add(false);
                }
                for (int i = 0; i < revokedNanos.size(); i++) {
                    look(i);
                }
                Thread.sleep(20);
            }
        } catch (InterruptedException e) {
            interrupt();
        } catch (SQLException e) {
            System.out.println("a session could not be revoked: " + e);
        }
    }

    private void look(int which) throws InterruptedException {
        int status = status(logins.get(which));
        long sinceNanos = System.nanoTime() - revokedNanos.get(which);
        asked++;
        if (status == 401) {
            if (!out.set(which, true)) {
                longestNanos = Math.max(longestNanos, sinceNanos);
            }
        } else if (status == 200 && (out.get(which) || sinceNanos > OUT_WITHIN.toNanos())) {
            letIn++;
        }
    }

    private int status(Login login) throws InterruptedException {
        var request = HttpRequest.newBuilder(
                        URI.create("http://" + address.getHostString() + ":" + address.getPort() + "/page"))
                .timeout(Duration.ofSeconds(15))
                .header("Authorization", "Bearer " + login.token())
                .build();
        try {
            return client.send(request, BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    int count() {
        return revokedNanos.size();
    }

    long asked() {
        return asked;
    }

    int letIn() {
        return letIn;
    }

    double longestMillis() {
        return longestNanos / 1e6;
    }
}
