/** The scenarios of docs/simulation.md on the command line. */
@NullMarked
package io.sessiongate.benchmarks.simulation;

import org.jspecify.annotations.NullMarked;
