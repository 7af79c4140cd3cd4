package io.sessiongate.token;

/** Whoever asked what the token of a request is worth. */
@FunctionalInterface
public interface TokenAsker {

    /** Is told, once; on the request's event loop. */
    void onToken(TokenVerdict verdict);
}
