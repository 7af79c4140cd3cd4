package io.sessiongate.session;

import io.sessiongate.token.Fingerprint;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * Words on two sessions, said, asked for and forgotten by several threads at once, are those of some order in which one thread
 * does the same. Findings are asked about as late as the policy serves them: from before the horizon of {@link Hearsay#forget}
 * none is.
 */
@Param(name = "of", gen = IntGen.class, conf = "0:1")
@Param(name = "time", gen = IntGen.class, conf = "10:14")
public class HearsayLincheckTest {

    private static final int HORIZON = 10;
    private static final Fingerprint[] SESSIONS = {Fingerprint.of("a"), Fingerprint.of("b")};

    private final Hearsay hearsay = new Hearsay(1_000);

    @Operation
    public void changed(@Param(name = "of") int of, @Param(name = "time") int time) {
        hearsay.changed(SESSIONS[of], time);
    }

    @Operation
    public void ended(@Param(name = "of") int of, @Param(name = "time") int time) {
        hearsay.ended(SESSIONS[of], time);
    }

    @Operation
    public void forget() {
        hearsay.forget(HORIZON);
    }

    @Operation
    public String since(@Param(name = "of") int of, @Param(name = "time") int time) {
        return hearsay.since(SESSIONS[of], time).name();
    }

    @Test
    void isAsIfOneThreadDidItUnderStress() {
        new StressOptions()
                .iterations(6)
                .invocationsPerIteration(500)
                .threads(3)
                .actorsPerThread(3)
                .check(HearsayLincheckTest.class);
    }

    @Test
    void isAsIfOneThreadDidItInEveryInterleavingTried() {
        new ModelCheckingOptions()
                .iterations(6)
                .invocationsPerIteration(500)
                .threads(2)
                .actorsPerThread(3)
                .check(HearsayLincheckTest.class);
    }
}
