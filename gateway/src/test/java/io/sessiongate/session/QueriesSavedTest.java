package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.token.VerifiedToken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How many queries are left of one a request, with the product's defaults, over half an hour of steady use. */
class QueriesSavedTest {

    @ParameterizedTest
    @CsvSource({
        // users, ms between two requests of one, most queries in a thousand requests
        "1, 3000, 62", "10, 3000, 50", "100, 3000, 30", "500, 3000, 10",
        "1, 1000, 21", "10, 1000, 18", "100, 1000, 10", "500, 1000, 4"
    })
    void makesFewQueriesForManyRequests(int users, int gapMillis, int mostPerThousand) {
        GateFixture fixture = new GateFixture();
        SplittableRandom random = new SplittableRandom(1);
        List<VerifiedToken> tokens = new ArrayList<>();
        int[] phase = new int[users];
        for (int i = 0; i < users; i++) {
            fixture.store.login("s" + i, "ann");
            tokens.add(fixture.token("s" + i, "ann"));
            phase[i] = random.nextInt(gapMillis / 100);
        }
        int requests = 0;
        for (int tick = 0; tick < 18_000; tick++) {
            for (int i = 0; i < users; i++) {
                if (tick % (gapMillis / 100) == phase[i]) {
                    fixture.ask(tokens.get(i));
                    requests++;
                }
            }
            fixture.loop.advance(Duration.ofMillis(100));
        }

        double perThousand = 1000.0 * fixture.store.queries.size() / requests;
        System.out.printf(
                "MEASURED users %d gap %d ms: %.1f queries in 1000 requests%n", users, gapMillis, perThousand);
        assertThat(perThousand).isLessThanOrEqualTo(mostPerThousand);
    }
}
