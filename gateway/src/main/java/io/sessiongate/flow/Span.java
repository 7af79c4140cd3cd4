package io.sessiongate.flow;

import java.util.Map;

/**
 * A stretch of work that is over, to be exported.
 *
 * @param traceId 32 hexadecimal digits
 * @param id 16 of them
 * @param parentId the same; empty where it has none
 * @param remoteParent whether the parent is another program's
 * @param startEpochNanos and {@code endEpochNanos}: by the clock on the wall
 * @param failed whether it counts as an error
 * @param attributes texts and {@code Long}s by name; nothing that lets anybody in or tells who somebody is
 */
public record Span(
        Kind kind,
        String name,
        String traceId,
        String id,
        String parentId,
        boolean remoteParent,
        long startEpochNanos,
        long endEpochNanos,
        boolean failed,
        Map<String, Object> attributes) {

    /** Whose work it is. */
    public enum Kind {
        SERVER,
        CLIENT,
        INTERNAL
    }
}
