package io.sessiongate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.http.FuzzCorpus;
import io.sessiongate.http.WireGrammar;
import io.sessiongate.testing.LeakWatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** What {@link ResponseFuzz} promises, for inputs that are known and for many made up. */
@ExtendWith(LeakWatch.class)
class ResponseFuzzTest {

    @TestFactory
    Stream<DynamicTest> readsKnownAnswersAsNettyDoes() {
        return FuzzCorpus.tests("responses", ResponseFuzz::check);
    }

    @Test
    void readsMadeUpAnswersAsNettyDoes() {
        assertThat(FuzzCorpus.madeUp(WireGrammar::responses, ResponseFuzz::check))
                .isGreaterThan(40);
    }
}
