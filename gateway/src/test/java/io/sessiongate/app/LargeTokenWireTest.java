package io.sessiongate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Tokens with HMAC that are too large for the event loop, over the wire. */
@ExtendWith(LeakWatch.class)
class LargeTokenWireTest {

    @TempDir
    private Path folder;

    /** The large token is verified on another thread, while the refusal of a request without one needs no wait at all. */
    @Test
    void answersPipelinedRequestsInTheirOrderWhenTheFirstHasALargeToken() throws Exception {
        String database = RealmGateway.newDatabase(
                "create table logins (jti text primary key, user_id text not null)",
                "insert into logins values ('j1', 'ada')");
        String session = "table: logins\n      columns: { id: jti, subject: user_id }";
        String token = RealmGateway.JWT + "\n      claims: { session: jti }";
        String large = "Cookie: " + RealmGateway.cookie(Map.of("sub", "ada", "jti", "j1", "pad", "p".repeat(4000)));

        try (RealmGateway gateway = new RealmGateway(folder, database, "", token, session, "");
                RawPeer peer = RawPeer.connect(gateway.address())) {
            peer.send(request("/first", large) + request("/second") + request("/third", large));

            RawPeer.Message first = peer.message();
            assertThat(first.status()).isEqualTo(200);
            assertThat(first.body()).isEqualTo("served");
            assertThat(peer.message().status()).isEqualTo(401);
            assertThat(peer.message().status()).isEqualTo(200);

            assertThat(gateway.received().stream().map(LoggedRequest::getUrl)).containsExactly("/first", "/third");
            assertThat(gateway.metric("sessiongate_token_verification_seconds_count{realm=\"default\",where=\"pool\"}"))
                    .isEqualTo(1);
            assertThat(gateway.metric("sessiongate_token_verification_seconds_count{realm=\"default\",where=\"loop\"}"))
                    .isZero();
        }
    }

    private static String request(String path, String... fields) {
        return "GET " + path + " HTTP/1.1\r\nHost: app.example\r\n"
                + Arrays.stream(fields).map(field -> field + "\r\n").collect(Collectors.joining()) + "\r\n";
    }
}
