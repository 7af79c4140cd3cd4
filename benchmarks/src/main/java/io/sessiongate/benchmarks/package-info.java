@NullMarked
package io.sessiongate.benchmarks;

import org.jspecify.annotations.NullMarked;
