@NullMarked
package io.sessiongate.benchmarks.process;

import org.jspecify.annotations.NullMarked;
