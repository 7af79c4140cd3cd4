/** Every meter's name and tags, in one place. */
@NullMarked
package io.sessiongate.metrics;

import org.jspecify.annotations.NullMarked;
