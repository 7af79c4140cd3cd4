/** The configuration file as records; all its errors at once. */
@NullMarked
package io.sessiongate.config;

import org.jspecify.annotations.NullMarked;
