package io.sessiongate.config;

import java.time.Duration;

/**
 * What strangers may cost who try values that are no session.
 *
 * @param rememberFor how long a value that was looked for in vain is refused without another look
 * @param remembered how many such values are remembered
 * @param burst values not seen before that one address may have looked for at once
 * @param perSecond how many more each second, once those were in vain
 */
public record UnknownConfig(Duration rememberFor, int remembered, int burst, int perSecond) {}
