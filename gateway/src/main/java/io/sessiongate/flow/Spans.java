package io.sessiongate.flow;

/** Takes spans that are over. */
public interface Spans {

    /** From any event loop; never blocks, and drops what there is no room for. */
    void add(Span span);
}
