package io.sessiongate.http;

import java.util.Objects;

/**
 * Why a request was not served as asked: an expected outcome, not an exception. {@code detail} is written by us, helps
 * the reader of the answer, and carries nothing of a credential and nothing a client sent.
 */
public record Fault(FaultKind kind, String detail) {

    public Fault {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(detail, "detail");
    }

    public static Fault of(FaultKind kind) {
        return new Fault(kind, kind.title());
    }
}
