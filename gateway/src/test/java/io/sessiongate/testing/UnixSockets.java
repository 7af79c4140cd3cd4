package io.sessiongate.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** The JDK's Unix-domain sockets in the shape of its TCP ones, as {@link RawPeer} speaks to those; read without a timeout. */
final class UnixSockets {

    private UnixSockets() {}

    static ServerSocket listen(Path path, int backlog) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        channel.bind(UnixDomainSocketAddress.of(path), backlog);
        return new ServerSocket() {
            @Override
            public Socket accept() throws IOException {
                return new Accepted(channel.accept());
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }

    private static final class Accepted extends Socket {

        private final SocketChannel channel;

        Accepted(SocketChannel channel) {
            this.channel = channel;
        }

        @Override
        public InputStream getInputStream() {
            return Channels.newInputStream(channel);
        }

        @Override
        public OutputStream getOutputStream() {
            return Channels.newOutputStream(channel);
        }

        @Override
        public void setSoTimeout(int millis) {
            // The channel has none; closing it ends a read.
        }

        @Override
        public void setTcpNoDelay(boolean on) {
            // There is no TCP to delay anything.
        }

        @Override
        public void shutdownOutput() throws IOException {
            channel.shutdownOutput();
        }

        @Override
        public synchronized void close() throws IOException {
            channel.close();
        }
    }
}
