package io.sessiongate.app.handover;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/** Where gateways find each other, and who may do so: nobody but processes of the same user. Blocks on the disk. */
final class ControlPath {

    private static final Set<PosixFilePermission> OWN =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private ControlPath() {}

    /** The user this process runs as. */
    static int ownUid() {
        return uid(Path.of("/proc/self"));
    }

    private static int uid(Path path) {
        try {
            return (Integer) Files.getAttribute(path, "unix:uid");
        } catch (IOException | UnsupportedOperationException e) {
            throw new IllegalStateException("cannot tell whose " + path + " is: " + e.getMessage(), e);
        }
    }

    /**
     * Where others could put a socket of their own, or take ours away, no descriptor is passed.
     *
     * @throws IllegalStateException with a sentence for the user
     */
    static void requirePrivate(Path socket) {
        Path folder = socket.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new IllegalStateException("hand-over.socket: no folder " + folder + "; make it, with mode 0700");
        }
        int owner = uid(folder);
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(folder);
            if ((owner != ownUid() && owner != 0)
                    || permissions.contains(PosixFilePermission.GROUP_WRITE)
                    || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
                throw new IllegalStateException("hand-over.socket: others may write into " + folder
                        + "; expected a folder of the gateway's user with mode 0700");
            }
        } catch (IOException e) {
            throw new IllegalStateException("hand-over.socket: " + e.getMessage(), e);
        }
    }

    /** Gives the socket, bound under another name, its own, with mode 0600 from the first moment; tells the file apart from later ones. */
    static Object publish(Path bound, Path socket) throws IOException {
        Files.setPosixFilePermissions(bound, OWN);
        Files.move(bound, socket, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        return Files.getAttribute(socket, "unix:ino", LinkOption.NOFOLLOW_LINKS);
    }

    /** Removes the file where it is still that one: a successor has put its own there. */
    static void remove(Path socket, Object inode) {
        try {
            if (inode.equals(Files.getAttribute(socket, "unix:ino", LinkOption.NOFOLLOW_LINKS))) {
                Files.delete(socket);
            }
        } catch (IOException e) {
            // It is gone, or it can stay: one that nobody listens on is replaced.
        }
    }
}
