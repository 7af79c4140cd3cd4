/** Everything that changes under a gateway while it carries a load. */
@NullMarked
package io.sessiongate.benchmarks.changes;

import org.jspecify.annotations.NullMarked;
