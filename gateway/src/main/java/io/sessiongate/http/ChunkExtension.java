package io.sessiongate.http;

/**
 * Judges the extensions of a chunk octet by octet (RFC 9112 section 7.1.1): {@code name [ = token or quoted string ]},
 * several with {@code ;} between, without the blanks that the grammar calls bad. Their meaning is nobody's here. Confined to
 * one reader.
 */
final class ChunkExtension {

    private enum State {
        NAME_START,
        NAME,
        VALUE_START,
        VALUE,
        QUOTED,
        ESCAPED,
        QUOTED_END,
        REFUSED
    }

    private State state = State.NAME_START;

    /** Behind the first {@code ;}. */
    void begin() {
        state = State.NAME_START;
    }

    /** Whether the line may end here. */
    boolean mayEnd() {
        return state == State.NAME || state == State.VALUE || state == State.QUOTED_END;
    }

    /** Takes the next octet; false where it does not belong there. */
    boolean take(byte octet) {
        state = next(octet);
        return state != State.REFUSED;
    }

    private State next(byte octet) {
        return switch (state) {
            case NAME_START -> Octets.isToken(octet) ? State.NAME : State.REFUSED;
            case NAME -> octet == '=' ? State.VALUE_START : tokenOr(octet, State.NAME);
            case VALUE_START -> octet == '"' ? State.QUOTED : Octets.isToken(octet) ? State.VALUE : State.REFUSED;
            case VALUE -> tokenOr(octet, State.VALUE);
            case QUOTED ->
                octet == '"'
                        ? State.QUOTED_END
                        : octet == '\\' ? State.ESCAPED : Octets.isValue(octet) ? State.QUOTED : State.REFUSED;
            case ESCAPED -> Octets.isValue(octet) ? State.QUOTED : State.REFUSED;
            case QUOTED_END -> octet == ';' ? State.NAME_START : State.REFUSED;
            case REFUSED -> State.REFUSED;
        };
    }

    private static State tokenOr(byte octet, State within) {
        return octet == ';' ? State.NAME_START : Octets.isToken(octet) ? within : State.REFUSED;
    }
}
