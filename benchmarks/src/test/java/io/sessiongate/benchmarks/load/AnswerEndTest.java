package io.sessiongate.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AnswerEndTest {

    private static final String ANSWER = "HTTP/1.1 200 OK\r\nServer: a\r\ncontent-LENGTH: 12\r\n\r\nHTTP/1.1 500";

    private final AnswerEnd answer = new AnswerEnd();

    @Test
    void findsTheEndHoweverTheAnswerIsCut() {
        for (int cut = 0; cut < ANSWER.length(); cut++) {
            assertThat(read(ANSWER.substring(0, cut))).as("first %d bytes", cut).isFalse();
            assertThat(read(ANSWER.substring(cut))).as("the rest from %d", cut).isTrue();
            assertThat(answer.status()).isEqualTo(200);
            answer.reset();
        }
    }

    @Test
    void takesAnEmptyBody() {
        assertThat(read("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")).isTrue();
        assertThat(answer.status()).isEqualTo(503);
    }

    @Test
    void isNotFooledByAFieldThatOnlyBeginsAlike() {
        assertThat(read("HTTP/1.1 200 OK\r\nContent-Length-Not: 9\r\nContent-Length: 2\r\n\r\nok"))
                .isTrue();
    }

    @Test
    void refusesWhatItCannotMeasure() {
        assertThatThrownBy(() -> read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))
                .hasMessageContaining("without Content-Length");
    }

    @Test
    void refusesBytesThatNobodyAskedFor() {
        assertThatThrownBy(() -> read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP"))
                .hasMessageContaining("behind the end");
    }

    private boolean read(String text) {
        return answer.read(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
    }
}
