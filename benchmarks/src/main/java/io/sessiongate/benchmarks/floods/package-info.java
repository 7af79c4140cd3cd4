/** Clients of HTTP/2 that make work for nothing: what they cost a server, and whether others notice. */
@NullMarked
package io.sessiongate.benchmarks.floods;

import org.jspecify.annotations.NullMarked;
