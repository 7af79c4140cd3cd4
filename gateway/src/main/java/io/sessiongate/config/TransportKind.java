package io.sessiongate.config;

/** Netty's transports. {@code AUTO} is epoll where it works, else NIO; io_uring is taken only when asked for. */
public enum TransportKind {
    AUTO,
    EPOLL,
    IO_URING,
    NIO
}
