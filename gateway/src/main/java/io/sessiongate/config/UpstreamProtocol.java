package io.sessiongate.config;

/** What is spoken to the servers of an upstream. */
public enum UpstreamProtocol {
    HTTP1,
    HTTP2
}
