/** Pure decisions about a session: functions of its state and the time, nothing but {@code java.*}. */
@NullMarked
package io.sessiongate.session.policy;

import org.jspecify.annotations.NullMarked;
