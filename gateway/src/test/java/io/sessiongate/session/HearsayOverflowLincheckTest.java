package io.sessiongate.session;

import io.sessiongate.token.Fingerprint;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * Words that are too many to be remembered, said by several threads at once: whoever said one finds that what was found before
 * it counts no longer, whatever the others do. How much more than that is taken to have changed depends on who was first.
 */
@Param(name = "of", gen = IntGen.class, conf = "0:3")
@Param(name = "time", gen = IntGen.class, conf = "11:14")
public class HearsayOverflowLincheckTest {

    private static final int HORIZON = 10;
    private static final Fingerprint[] SESSIONS = {
        Fingerprint.of("a"), Fingerprint.of("b"), Fingerprint.of("c"), Fingerprint.of("d")
    };

    private final Hearsay hearsay = new Hearsay(1);

    @Operation
    public boolean changed(@Param(name = "of") int of, @Param(name = "time") int time) {
        hearsay.changed(SESSIONS[of], time);
        Long notBefore = hearsay.notBefore(SESSIONS[of]);
        return hearsay.since(SESSIONS[of], time - 1) != Hearsay.Word.NOTHING && notBefore != null && notBefore >= time;
    }

    @Operation
    public boolean ended(@Param(name = "of") int of, @Param(name = "time") int time) {
        hearsay.ended(SESSIONS[of], time);
        return hearsay.since(SESSIONS[of], time - 1) != Hearsay.Word.NOTHING;
    }

    @Operation
    public void forget() {
        hearsay.forget(HORIZON);
    }

    @Test
    void noWordIsLostUnderStress() {
        new StressOptions()
                .iterations(6)
                .invocationsPerIteration(500)
                .threads(3)
                .actorsPerThread(3)
                .check(HearsayOverflowLincheckTest.class);
    }

    @Test
    void noWordIsLostInAnyInterleavingTried() {
        new ModelCheckingOptions()
                .iterations(6)
                .invocationsPerIteration(500)
                .threads(2)
                .actorsPerThread(3)
                .check(HearsayOverflowLincheckTest.class);
    }
}
