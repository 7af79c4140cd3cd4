/** The composition root: everything is made and wired here, started, drained and stopped; the admin port. */
@NullMarked
package io.sessiongate.app;

import org.jspecify.annotations.NullMarked;
