package io.sessiongate.http;

import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.ServerSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Sockets that listen already, which somebody else opened: another gateway, or systemd. Whoever wants to listen on an address takes
 * those that do. Used by the one thread that starts.
 */
public final class PassedSockets {

    private final List<ServerSocketChannel> left = new ArrayList<>();

    private PassedSockets() {}

    public static PassedSockets none() {
        return new PassedSockets();
    }

    /**
     * Those behind the descriptors, which are theirs from now on; with epoll only.
     *
     * @throws IllegalStateException where one is no socket
     */
    public static PassedSockets of(List<Integer> descriptors) {
        PassedSockets passed = new PassedSockets();
        for (int descriptor : descriptors) {
            try {
                passed.left.add(new EpollServerSocketChannel(descriptor));
            } catch (RuntimeException e) {
                passed.close();
                throw new IllegalStateException("descriptor " + descriptor + " is no socket that listens", e);
            }
        }
        return passed;
    }

    /** Takes those that listen on that address; whoever calls closes them. Port 0 is nobody's. */
    public List<ServerSocketChannel> claim(InetSocketAddress address) {
        List<ServerSocketChannel> claimed = new ArrayList<>();
        left.removeIf(socket -> same(socket.localAddress(), address) && claimed.add(socket));
        return claimed;
    }

    private static boolean same(InetSocketAddress one, InetSocketAddress other) {
        InetAddress a = one == null ? null : one.getAddress();
        InetAddress b = other.getAddress();
        return a != null
                && b != null
                && one.getPort() == other.getPort()
                && (a.equals(b) || (a.isAnyLocalAddress() && b.isAnyLocalAddress()));
    }

    /** Where those listen that nobody has taken. */
    public List<InetSocketAddress> left() {
        return left.stream().map(ServerSocketChannel::localAddress).toList();
    }

    /** Closes what nobody has taken. */
    public void close() {
        left.forEach(socket -> socket.unsafe().closeForcibly());
        left.clear();
    }
}
