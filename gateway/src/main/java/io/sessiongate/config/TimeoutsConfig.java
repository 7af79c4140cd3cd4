package io.sessiongate.config;

import java.time.Duration;

/**
 * Deadlines on the client's side.
 *
 * @param requestHead from the first byte of a request (or from accepting the connection) to the end of its head
 * @param idle a kept-alive connection without a request
 * @param requestBody the longest pause while a request body arrives that we are ready to read
 * @param stream the longest silence, in both directions, of a response under way or an upgraded connection
 */
public record TimeoutsConfig(Duration requestHead, Duration idle, Duration requestBody, Duration stream) {}
