/** Is the login still good: cache, policy, and the bounded check of PostgreSQL. */
@NullMarked
package io.sessiongate.session;

import org.jspecify.annotations.NullMarked;
