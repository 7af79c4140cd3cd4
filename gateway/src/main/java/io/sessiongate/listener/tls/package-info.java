/** TLS to clients: the certificates of a listener, which of them a client gets, and how they are replaced. */
@NullMarked
package io.sessiongate.listener.tls;

import org.jspecify.annotations.NullMarked;
