@NullMarked
package io.sessiongate.benchmarks.load;

import org.jspecify.annotations.NullMarked;
