/** What {@code sessiongate doctor} looks at: the real database, the real application. */
@NullMarked
package io.sessiongate.app.doctor;

import org.jspecify.annotations.NullMarked;
