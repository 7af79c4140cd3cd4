/** The client's side of the wire: bind, framing, limits, deadlines, backpressure. */
@NullMarked
package io.sessiongate.listener;

import org.jspecify.annotations.NullMarked;
