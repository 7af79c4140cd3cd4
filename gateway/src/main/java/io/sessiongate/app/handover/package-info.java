/** One gateway takes the place of another without a connection refused. */
@NullMarked
package io.sessiongate.app.handover;

import org.jspecify.annotations.NullMarked;
