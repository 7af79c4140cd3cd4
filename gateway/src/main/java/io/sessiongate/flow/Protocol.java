package io.sessiongate.flow;

/** What a request came as. Nothing but what is said of it depends on that. */
public enum Protocol {
    HTTP_1_0,
    HTTP_1_1,
    HTTP_2
}
