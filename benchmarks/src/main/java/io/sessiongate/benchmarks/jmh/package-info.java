@NullMarked
package io.sessiongate.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
