package io.sessiongate.flow;

/**
 * A question that the application is being asked on behalf of a session.
 *
 * @param generation what the slot was at when it was asked
 * @param checkedAtEpochMillis when the session had last been checked then
 */
record SessionQuestion(
        SessionAnswerKey key, SessionAnswerSlot slot, int generation, long checkedAtEpochMillis, long askedNanos) {}
