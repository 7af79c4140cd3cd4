package io.sessiongate.config;

import java.net.InetSocketAddress;

/** Where metrics, health and the JWKS are served: plain HTTP, meant for a private address. */
public record AdminConfig(InetSocketAddress address) {}
