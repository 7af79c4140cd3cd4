/** Which rule applies: path normalisation, matching, access rules. */
@NullMarked
package io.sessiongate.route;

import org.jspecify.annotations.NullMarked;
