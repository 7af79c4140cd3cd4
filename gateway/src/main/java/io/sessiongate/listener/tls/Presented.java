package io.sessiongate.listener.tls;

import io.netty.handler.ssl.SslContext;
import io.sessiongate.config.CertificateKey;
import io.sessiongate.config.FileContent;

/**
 * A certificate that is shown to clients. Immutable, but for the sessions that the context remembers.
 *
 * @param pair what was read
 * @param content what stood in the files when it was read
 * @param context makes the connections that show it
 */
record Presented(CertificateKey pair, FileContent content, SslContext context) {}
