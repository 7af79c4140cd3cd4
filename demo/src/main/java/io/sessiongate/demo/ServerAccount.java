package io.sessiongate.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * As whom the PostgreSQL server runs. It refuses to run as root, so root needs a way to be someone else: a real change
 * of user where that is permitted, a user namespace where it is not (the single user of a rootless container).
 */
enum ServerAccount {
    /** Whoever runs the JVM. */
    OWN(""),
    /** Uid 65534, {@code nobody} on every Linux distribution: needs root with CAP_SETUID, which containers keep. */
    NOBODY("setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs"),
    /**
     * Whoever runs the JVM, seen as {@code nobody} from within: needs user namespaces, which containers often deny.
     * Helps a user without a name as well, as containers have them, for the server wants one.
     */
    NAMESPACE("unshare --user");

    private final String prefix;

    ServerAccount(String prefix) {
        this.prefix = prefix;
    }

    /** What stands before a command to run it as this account: words without quotes, or nothing. */
    String prefix() {
        return prefix;
    }

    /** What to try here, best first. */
    static List<ServerAccount> candidates() {
        return isRoot() ? List.of(NOBODY, NAMESPACE) : List.of(OWN, NAMESPACE);
    }

    /**
     * Makes the server's data folder {@code home/data} as the first of these accounts that can, and says which; a
     * second. The superuser's password stands in {@code home/password}. What an account may do shows only in doing it:
     * the change of user, entering the folders, running the programs, not being root in their eyes.
     */
    static ServerAccount initialise(List<ServerAccount> candidates, Path home) throws IOException {
        var failures = new ArrayList<String>();
        for (ServerAccount account : candidates) {
            String failure = account.attempt(home);
            if (failure == null) {
                return account;
            }
            failures.add(account + ": " + failure);
        }
        throw new IOException("PostgreSQL cannot be run in " + home + " (" + String.join("; ", failures)
                + "). Run the demonstration as an ordinary user, or set TMPDIR to a folder every user may enter.");
    }

    /** Null when it worked, else why it did not. */
    private @Nullable String attempt(Path home) {
        String failure = this == NOBODY ? changeOwner(home, "65534:65534") : null;
        if (failure == null) {
            failure = run(withPrefix(
                    home.resolve("bin/initdb").toString(),
                    "--pgdata=" + home.resolve("data"),
                    "--pwfile=" + home.resolve("password"),
                    "--username=" + DatabaseRole.OWNER.login(),
                    "--auth=scram-sha-256",
                    "--no-sync",
                    "--locale=C",
                    "--encoding=UTF8"));
            if (failure != null && this == NOBODY) {
                changeOwner(home, "0:0");
            }
        }
        return failure;
    }

    private static @Nullable String changeOwner(Path home, String owner) {
        return run(List.of("chown", "-R", owner, home.toString()));
    }

    private List<String> withPrefix(String... command) {
        var whole = new ArrayList<String>();
        if (!prefix.isEmpty()) {
            whole.addAll(List.of(prefix.split(" ", -1)));
        }
        whole.addAll(List.of(command));
        return whole;
    }

    private static @Nullable String run(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return command.get(0) + " did not end";
            }
            return process.exitValue() == 0 ? null : command.get(0) + " failed: " + output.strip();
        } catch (IOException e) {
            return e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    private static boolean isRoot() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid") instanceof Integer uid && uid == 0;
        } catch (IOException | UnsupportedOperationException e) {
            return "root".equals(System.getProperty("user.name"));
        }
    }
}
