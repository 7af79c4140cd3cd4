package io.sessiongate.config;

/** Netty's transports. {@code AUTO} is io_uring where it works well, else epoll, else NIO. */
public enum TransportKind {
    AUTO,
    EPOLL,
    IO_URING,
    NIO
}
