package io.sessiongate.app.handover;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The sockets that systemd opened for this process (sd_listen_fds(3)). */
final class SystemdSockets {

    private static final int FIRST = 3;
    private static final int MOST = 64;

    /** include/uapi/asm-generic/fcntl.h of Linux. */
    private static final int O_NONBLOCK = 04000;

    private SystemdSockets() {}

    /**
     * Their descriptors; empty where there are none, or they are meant for another process.
     *
     * @param descriptors the folder {@code /proc/self/fdinfo}
     * @throws IllegalStateException where they cannot be used, with a sentence for the user
     */
    static List<Integer> descriptors(UnaryOperator<@Nullable String> environment, long pid, Path descriptors) {
        @Nullable String count = environment.apply("LISTEN_FDS");
        if (count == null || !Long.toString(pid).equals(environment.apply("LISTEN_PID"))) {
            return List.of();
        }
        List<Integer> passed = new ArrayList<>();
        for (int i = 0; i < number(count); i++) {
            int descriptor = FIRST + i;
            if (!neverBlocks(descriptors.resolve(Integer.toString(descriptor)))) {
                // An event loop would stand still in accept; nothing in Java can change the socket.
                throw new IllegalStateException("socket " + descriptor
                        + " that systemd passed blocks; set NonBlocking=true in the [Service] section of the unit");
            }
            passed.add(descriptor);
        }
        return passed;
    }

    private static int number(String count) {
        try {
            int number = Integer.parseInt(count);
            if (number >= 0 && number <= MOST) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalStateException("LISTEN_FDS is " + count + "; expected a number up to " + MOST);
    }

    private static boolean neverBlocks(Path information) {
        try {
            for (String line : Files.readAllLines(information)) {
                if (line.startsWith("flags:")) {
                    return (Long.parseLong(line.substring("flags:".length()).strip(), 8) & O_NONBLOCK) != 0;
                }
            }
        } catch (IOException | NumberFormatException e) {
            throw new IllegalStateException("cannot look at a socket that systemd passed: " + e.getMessage(), e);
        }
        return false;
    }
}
