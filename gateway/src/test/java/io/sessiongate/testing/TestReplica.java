package io.sessiongate.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Streaming replicas of a {@link TestPostgres}, made of copies of its data. */
public final class TestReplica {

    private TestReplica() {}

    /** Starts that many; the primary is stopped for a moment. Each is closed as any other server. */
    public static List<TestPostgres> of(TestPostgres primary, int count) {
        List<Path> folders = new ArrayList<>();
        primary.stop();
        try {
            for (int i = 0; i < count; i++) {
                Path folder = Files.createTempDirectory("sessiongate-replica");
                copy(primary.data(), folder.resolve("data"));
                prepare(folder.resolve("data"), primary.port());
                folders.add(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        primary.startAgain();
        return folders.stream()
                .map(folder -> new TestPostgres(folder, Map.of("wal_retrieve_retry_interval", "200ms")))
                .toList();
    }

    /** Waits until it has all that the primary has now. */
    public static void catchUp(TestPostgres primary, TestPostgres replica) {
        // The test server writes what it commits a moment later, and only what is written goes to a replica.
        primary.run(
                "postgres",
                "set synchronous_commit = local",
                "select pg_logical_emit_message(true, 'catch up', 'all before this is written')");
        String position =
                primary.ask("postgres", "select pg_current_wal_flush_lsn()").get(0);
        await().until(() -> replica.ask("postgres", "select pg_last_wal_replay_lsn() >= '" + position + "'")
                .equals(List.of("t")));
    }

    /** Stops it from learning anything new; it goes on receiving. */
    public static void pause(TestPostgres replica) {
        replica.run("postgres", "select pg_wal_replay_pause()");
        // It is requested first, and takes effect with the next record.
        await().until(() -> replica.ask("postgres", "select pg_get_wal_replay_pause_state()")
                .equals(List.of("paused")));
    }

    public static void resume(TestPostgres replica) {
        replica.run("postgres", "select pg_wal_replay_resume()");
    }

    private static void prepare(Path data, int primaryPort) throws IOException {
        Files.createFile(data.resolve("standby.signal"));
        Files.writeString(
                data.resolve("postgresql.auto.conf"),
                "primary_conninfo = 'host=127.0.0.1 port=" + primaryPort + " user=" + TestPostgres.USER + "'\n",
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = file.getFileName().toString();
                if (!name.equals("postmaster.pid") && !name.equals("epg-lock")) {
                    // With its rights: the server insists on those of the folder.
                    Files.copy(
                            file, to.resolve(from.relativize(file)), java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }
}
