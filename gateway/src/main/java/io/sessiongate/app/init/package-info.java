/** {@code sessiongate init}: looks at a database and drafts a configuration for it. */
@NullMarked
package io.sessiongate.app.init;

import org.jspecify.annotations.NullMarked;
