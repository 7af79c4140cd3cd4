/** The life of a request as a table of contents, and the one place where faults become answers. */
@NullMarked
package io.sessiongate.flow;

import org.jspecify.annotations.NullMarked;
