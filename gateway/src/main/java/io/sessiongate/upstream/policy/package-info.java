/** Which server is taken, when one is left out, how often a request is tried: pure functions of state and time. */
@NullMarked
package io.sessiongate.upstream.policy;

import org.jspecify.annotations.NullMarked;
