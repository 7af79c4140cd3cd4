@NullMarked
package io.sessiongate.benchmarks.before;

import org.jspecify.annotations.NullMarked;
