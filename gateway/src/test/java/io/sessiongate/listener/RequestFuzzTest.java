package io.sessiongate.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.http.FuzzCorpus;
import io.sessiongate.http.WireGrammar;
import io.sessiongate.testing.LeakWatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** What {@link RequestFuzz} and {@link ChunkedFuzz} promise, for inputs that are known and for many made up. */
@ExtendWith(LeakWatch.class)
class RequestFuzzTest {

    @TestFactory
    Stream<DynamicTest> readsKnownRequestsAsNettyDoes() {
        return FuzzCorpus.tests("requests", RequestFuzz::check);
    }

    @TestFactory
    Stream<DynamicTest> readsKnownChunksAsNettyDoes() {
        return FuzzCorpus.tests("chunked", ChunkedFuzz::check);
    }

    @Test
    void readsMadeUpRequestsAsNettyDoes() {
        assertThat(FuzzCorpus.madeUp(WireGrammar::requests, RequestFuzz::check)).isGreaterThan(20);
    }

    @Test
    void readsMadeUpChunksAsNettyDoes() {
        assertThat(FuzzCorpus.madeUp(WireGrammar::chunked, ChunkedFuzz::check)).isGreaterThan(30);
    }
}
