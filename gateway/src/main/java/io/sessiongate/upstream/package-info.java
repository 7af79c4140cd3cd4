/** The application's side of the wire: connections per event loop, one exchange, the relay of bodies. */
@NullMarked
package io.sessiongate.upstream;

import org.jspecify.annotations.NullMarked;
