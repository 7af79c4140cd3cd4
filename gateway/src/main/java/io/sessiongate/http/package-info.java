/** Views of a message head, rules about header fields, faults, the transport. */
@NullMarked
package io.sessiongate.http;

import org.jspecify.annotations.NullMarked;
