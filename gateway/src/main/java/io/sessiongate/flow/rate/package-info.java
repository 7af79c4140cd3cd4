/** How many requests one client may make. */
@NullMarked
package io.sessiongate.flow.rate;

import org.jspecify.annotations.NullMarked;
