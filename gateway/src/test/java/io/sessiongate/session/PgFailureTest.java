package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.session.SessionVerdict.UnknownReason;
import java.io.IOException;
import java.net.ConnectException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PgFailureTest {

    @ParameterizedTest
    @CsvSource({
        "57014, QUERY_TIMEOUT, false, false",
        "42P01, DATABASE_UNAVAILABLE, false, true",
        "0A000, DATABASE_UNAVAILABLE, false, true",
        "57P01, DATABASE_UNAVAILABLE, true, true",
        "08006, DATABASE_UNAVAILABLE, true, true",
        "26000, DATABASE_UNAVAILABLE, false, true",
        "22P02, DATABASE_UNAVAILABLE, false, false",
        "53200, DATABASE_UNAVAILABLE, false, false",
        "53300, DATABASE_UNAVAILABLE, false, false",
    })
    void tellsWhatAnErrorMeans(String sqlState, UnknownReason reason, boolean fatal, boolean disturbing) {
        PgFailure failure = new PgFailure(sqlState, "text");

        assertThat(failure.reason()).isEqualTo(reason);
        assertThat(failure.isFatal()).isEqualTo(fatal);
        assertThat(failure.isDisturbing()).isEqualTo(disturbing);
    }

    @ParameterizedTest
    @CsvSource({"22P02", "23505", "P0001", "XX000", "22021"})
    void keepsTextsToItselfThatMayQuoteValues(String sqlState) {
        assertThat(new PgFailure(sqlState, "invalid input: \"SECRET\"").message())
                .isEqualTo("PostgreSQL reported an error (SQLSTATE " + sqlState + ")");
    }

    @Test
    void sparesTheLogLineBreaksAndLength() {
        assertThat(new PgFailure("42601", "a\nb" + "c".repeat(1000)).message())
                .startsWith("PostgreSQL: a bccc")
                .endsWith("c (42601)")
                .hasSizeLessThan(330);
    }

    @Test
    void passesOnWhatTheNetworkSaysAndNothingElse() {
        assertThat(PgFailure.messageOf(new IllegalStateException("x", new ConnectException("Connection refused"))))
                .isEqualTo("Connection refused");
        assertThat(PgFailure.messageOf(new IllegalStateException("value = [SECRET]")))
                .isEqualTo("the connection failed: IllegalStateException");
        assertThat(PgFailure.messageOf(new IOException("a\tb"))).isEqualTo("a b");
    }
}
