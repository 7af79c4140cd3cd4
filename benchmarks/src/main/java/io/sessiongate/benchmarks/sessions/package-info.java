/** What sessions cost, and how soon a revoked one is out. */
@NullMarked
package io.sessiongate.benchmarks.sessions;

import org.jspecify.annotations.NullMarked;
