@NullMarked
package io.sessiongate.demo;

import org.jspecify.annotations.NullMarked;
