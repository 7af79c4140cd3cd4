package io.sessiongate.config;

import java.net.InetSocketAddress;

/** Where clients connect. Port 0 takes a free one. */
public record ListenerConfig(InetSocketAddress address) {}
