package io.sessiongate.token;

/** What a request carries: the text of one token, or an answer that needs no look at any. */
sealed interface Found permits TokenText, Found.Answer {

    /** There is nothing to verify. */
    record Answer(TokenVerdict verdict) implements Found {}
}
