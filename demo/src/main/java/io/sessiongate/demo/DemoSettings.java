package io.sessiongate.demo;

import java.time.Duration;

/**
 * What the command line says about the demonstration.
 *
 * @param port where to open it in a browser
 * @param adminPort where the gateway's metrics are
 */
record DemoSettings(
        Validation validation, int port, int adminPort, Duration sessionQueryDelay, Duration revalidateAfter) {}
