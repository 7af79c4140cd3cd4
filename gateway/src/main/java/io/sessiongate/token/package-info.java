/** Find the token, verify it once, remember it until it expires. */
@NullMarked
package io.sessiongate.token;

import org.jspecify.annotations.NullMarked;
