@NullMarked
package io.sessiongate.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
