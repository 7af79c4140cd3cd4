package io.sessiongate.app.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.ServerAddress;
import io.sessiongate.testing.RawUpstream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What doctor says of an application behind a Unix-domain socket. */
class SocketChecksTest {

    private final UpstreamChecks checks = new UpstreamChecks(Duration.ofSeconds(1), Instant.now());

    @TempDir
    private Path folder;

    private Path socket;

    @BeforeEach
    void name() {
        socket = folder.resolve("app.sock");
    }

    private Seen answers(RawUpstream.Script script) throws InterruptedException {
        try (RawUpstream app = RawUpstream.at(socket, script)) {
            Seen seen = checks.answers(new ServerAddress.Unix(socket));
            assertThat(app.accepted()).isEqualTo(1);
            return seen;
        }
    }

    @Test
    void saysWhatWasAnswered() throws InterruptedException {
        Seen seen = answers((peer, n) -> peer.send(
                "HTTP/1.1 " + (peer.message().startLine().equals("GET / HTTP/1.1") ? 204 : 500) + " -\r\n\r\n"));

        assertThat(seen.verdict()).isEqualTo(Verdict.OK);
        assertThat(seen.saw()).startsWith("GET / was answered 204 in ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\nX: y", "HTTP/2 200\r\n\r\n"})
    void saysThatItIsNotHttp(String nonsense) throws InterruptedException {
        Seen seen = answers((peer, n) -> {
            peer.message();
            peer.send(nonsense);
        });

        assertThat(seen.verdict()).isEqualTo(Verdict.FAIL);
        assertThat(seen.saw()).isEqualTo("the answer is not HTTP, or broke off");
    }

    @Test
    void saysThatNoAnswerCame() throws InterruptedException {
        Seen seen = answers((peer, n) -> peer.rest());

        assertThat(seen.verdict()).isEqualTo(Verdict.FAIL);
        assertThat(seen.saw()).isEqualTo("no answer within 1000 ms");
    }

    @Test
    void saysThatThereIsNoSocketOrNobodyBehindIt() throws InterruptedException {
        Seen absent = checks.answers(new ServerAddress.Unix(socket));
        RawUpstream.at(socket, (peer, n) -> {}).close();
        Seen deserted = checks.answers(new ServerAddress.Unix(socket));

        assertThat(absent.saw()).isEqualTo("the socket cannot be used: No such file or directory");
        assertThat(deserted.saw()).isEqualTo("the socket cannot be used: Connection refused");
        assertThat(deserted.fix()).contains("start the application");
    }
}
