package io.sessiongate.config;

import java.time.Duration;

/**
 * Deadlines on the client's side.
 *
 * @param requestHead from the first byte of a request (or from accepting the connection) to the end of its head
 * @param idle a kept-alive connection without a request
 * @param requestBody the longest pause while a request body arrives that we are ready to read
 * @param stream the longest silence, in both directions, of a response under way or an upgraded connection
 * @param requestBodyRate bytes a second that have to come of a body, on average over the time they were waited for, once
 *     that time exceeds {@code requestBody}; 0 asks for none
 * @param unreadAnswer how long bytes may wait for one client while all together are more than may wait
 */
public record TimeoutsConfig(
        Duration requestHead,
        Duration idle,
        Duration requestBody,
        Duration stream,
        long requestBodyRate,
        Duration unreadAnswer) {

    /**
     * What a client has to send of a body: without it a byte now and then would hold a connection to the application for
     * as long as it pleases, and a few hundred such clients all of them. As IIS and Kestrel have it.
     */
    static final long STANDARD_BODY_RATE = 240;

    /** These, with what only a start brings about of those that it was with. */
    TimeoutsConfig inGatewayOf(TimeoutsConfig start) {
        return new TimeoutsConfig(requestHead, idle, requestBody, stream, requestBodyRate, start.unreadAnswer);
    }

    /** With the rate and the patience that a file which says nothing of them has. */
    public TimeoutsConfig(Duration requestHead, Duration idle, Duration requestBody, Duration stream) {
        this(requestHead, idle, requestBody, stream, STANDARD_BODY_RATE, Duration.ofSeconds(10));
    }
}
