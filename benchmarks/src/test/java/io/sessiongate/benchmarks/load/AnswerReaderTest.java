package io.sessiongate.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerReaderTest {

    private final AnswerReader reader = new AnswerReader();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nTrailer: x\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 204 No Content\r\n\r\n",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
            })
    void findsTheEndOfAnAnswerThatComesByteByByte(String answer) {
        byte[] bytes = answer.getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < bytes.length; i++) {
            boolean complete = reader.read(ByteBuffer.wrap(bytes, i, 1));

            assertThat(complete).as("after byte %d", i).isEqualTo(i == bytes.length - 1);
        }
    }

    @Test
    void anAnswerWithoutALengthEndsWithTheConnection() {
        boolean complete = read("HTTP/1.1 200 OK\r\n\r\nhello");

        assertThat(complete).isFalse();
        assertThat(reader.closed()).isTrue();
    }

    @Test
    void aCutAnswerIsNotComplete() {
        read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");

        assertThat(reader.closed()).isFalse();
    }

    @Test
    void namesTheErrorCodeOfTheApplication() {
        read("HTTP/1.1 500 Oops\r\nContent-Length: 30\r\n\r\n{\"code\":\"P2024\",\"message\":\"no\"}");

        assertThat(reader.outcome()).isEqualTo("500 P2024");
    }

    @Test
    void namesTheProblemOfTheGateway() {
        String body = "{\"type\":\"https://sessiongate.io/problems/session-check-unavailable\",\"status\":503}";
        read("HTTP/1.1 503 No\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);

        assertThat(reader.outcome()).isEqualTo("503 session-check-unavailable");
    }

    @Test
    void doesNotCarryAReasonIntoTheNextAnswer() {
        read("HTTP/1.1 500 Oops\r\nContent-Length: 16\r\n\r\n{\"code\":\"P2024\"}");
        read("HTTP/1.1 502 Oops\r\nContent-Length: 2\r\n\r\n{}");

        assertThat(reader.outcome()).isEqualTo("502");
    }

    @Test
    void noticesThatTheServerWillClose() {
        read("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");

        assertThat(reader.closing()).isTrue();
    }

    private boolean read(String answer) {
        return reader.read(ByteBuffer.wrap(answer.getBytes(StandardCharsets.ISO_8859_1)));
    }
}
