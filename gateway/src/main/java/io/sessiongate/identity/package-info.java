/** What the application may trust: spoofable headers removed, ours written, the signed assertion. */
@NullMarked
package io.sessiongate.identity;

import org.jspecify.annotations.NullMarked;
