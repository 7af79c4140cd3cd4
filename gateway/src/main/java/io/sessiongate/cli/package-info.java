/** The command line: what a person types, and the exit codes. */
@NullMarked
package io.sessiongate.cli;

import org.jspecify.annotations.NullMarked;
