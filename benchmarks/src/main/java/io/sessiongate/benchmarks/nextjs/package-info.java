@NullMarked
package io.sessiongate.benchmarks.nextjs;

import org.jspecify.annotations.NullMarked;
