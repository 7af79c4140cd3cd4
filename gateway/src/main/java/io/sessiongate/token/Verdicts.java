package io.sessiongate.token;

import io.sessiongate.token.TokenVerdict.Absent;
import io.sessiongate.token.TokenVerdict.Conflict;
import io.sessiongate.token.TokenVerdict.Invalid;
import io.sessiongate.token.TokenVerdict.Reason;
import io.sessiongate.token.TokenVerdict.Unavailable;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The verdicts that carry nothing of a token, made once so that a refusal allocates nothing. */
final class Verdicts {

    static final Absent ABSENT = new Absent();
    static final Conflict CONFLICT = new Conflict();
    static final Unavailable UNAVAILABLE = new Unavailable();

    private static final Map<Reason, Invalid> INVALID =
            new EnumMap<>(Arrays.stream(Reason.values()).collect(Collectors.toMap(Function.identity(), Invalid::new)));

    private Verdicts() {}

    static Invalid invalid(Reason reason) {
        return Objects.requireNonNull(INVALID.get(reason));
    }
}
