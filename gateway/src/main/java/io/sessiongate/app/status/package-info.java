/** What the status page on the admin port shows. */
@NullMarked
package io.sessiongate.app.status;

import org.jspecify.annotations.NullMarked;
