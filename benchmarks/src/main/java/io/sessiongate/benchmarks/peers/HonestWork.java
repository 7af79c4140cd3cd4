package io.sessiongate.benchmarks.peers;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.function.Predicate;

/** Everyone does what the table will say it does: a proxy that checks nothing is faster than any that does. */
final class HonestWork {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int REFUSED = 401;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** Asks once for each workload, and with tokens that are to be refused. */
    void verify(Peer peer) throws IOException, InterruptedException {
        String token = peer.tokens().get(0);
        for (Workload workload : Workload.values()) {
            expect(peer, request(peer, workload, token), 200, body -> body.length() == workload.answerBytes());
            if (peer.spec().verifies()) {
                String forged = token.substring(0, token.lastIndexOf('.')) + ".AAAA";
                expect(peer, request(peer, workload, forged), REFUSED, body -> true);
                expect(peer, request(peer, workload, ""), REFUSED, body -> true);
            }
        }
        if (peer.spec().isSessiongate()) {
            var whoami = HttpRequest.newBuilder(peer.uri("/whoami")).header("Authorization", "Bearer " + token);
            expect(peer, whoami, 200, body -> body.equals("subject=user-1"));
        }
    }

    private static HttpRequest.Builder request(Peer peer, Workload workload, String token) {
        var body = workload.requestBytes() == 0
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofByteArray(new byte[workload.requestBytes()]);
        var request = HttpRequest.newBuilder(peer.uri(workload.path())).method(workload.method(), body);
        return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
    }

    private void expect(Peer peer, HttpRequest.Builder request, int status, Predicate<String> body)
            throws IOException, InterruptedException {
        var response = client.send(request.timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != status || !body.test(response.body())) {
            throw new IOException("%s answers %d on %s where %d was expected"
                    .formatted(
                            peer.name(), response.statusCode(), response.uri().getPath(), status));
        }
    }
}
