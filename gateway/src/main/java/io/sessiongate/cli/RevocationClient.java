package io.sessiongate.cli;

import io.sessiongate.config.SecretBytes;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Calls {@code POST /revocations} of a running gateway, as often as its bounds on one request want it. For one call, on one
 * thread, which it blocks for at most {@link #TIMEOUT} a request.
 */
final class RevocationClient {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    /** What the gateway takes in one request is 1,000 ids and 64 KiB; the rest of the body is small. */
    private static final int MAX_IDS = 1_000;

    private static final int MAX_BYTES = 60 * 1024;

    private final URI address;
    private final SecretBytes secret;
    private final String realm;

    RevocationClient(URI address, SecretBytes secret, String realm) {
        this.address = address;
        this.secret = secret;
        this.realm = realm;
    }

    /**
     * Revokes them all, each once.
     *
     * @param key {@code sessions} or {@code subjects}
     * @return how many were revoked
     * @throws IllegalStateException with a sentence for the user; then some of them may have been
     */
    int revoke(String key, List<String> ids) throws InterruptedException {
        // Through no proxy: the secret is for the gateway alone.
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .proxy(HttpClient.Builder.NO_PROXY)
                .connectTimeout(TIMEOUT)
                .build();
        int revoked = 0;
        for (List<String> part : parts(List.copyOf(new LinkedHashSet<>(ids)))) {
            send(client, body(key, part), revoked);
            revoked += part.size();
        }
        return revoked;
    }

    private static List<List<String>> parts(List<String> ids) {
        List<List<String>> parts = new ArrayList<>();
        List<String> part = new ArrayList<>();
        int bytes = 0;
        for (String id : ids) {
            int size = JSON.writeValueAsBytes(id).length + 1;
            if (part.size() == MAX_IDS || (bytes + size > MAX_BYTES && !part.isEmpty())) {
                parts.add(part);
                part = new ArrayList<>();
                bytes = 0;
            }
            part.add(id);
            bytes += size;
        }
        parts.add(part);
        return parts;
    }

    private byte[] body(String key, List<String> ids) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("realm", realm);
        body.put(key, ids);
        return JSON.writeValueAsBytes(body);
    }

    private void send(HttpClient client, byte[] body, int already) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(address.resolve("/revocations"))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + new String(secret.reveal(), StandardCharsets.UTF_8))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        HttpResponse<String> answer;
        try {
            answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw failure(
                    "no answer from " + address + ": "
                            + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()),
                    already);
        }
        if (answer.statusCode() != 200) {
            throw failure(refusal(answer), already);
        }
    }

    private String refusal(HttpResponse<String> answer) {
        @Nullable String detail = detail(answer.body());
        return switch (answer.statusCode()) {
            case 401 -> address + " has another admin.secret than the configuration file";
            case 404 ->
                detail == null
                        ? address + " knows no revocations; is this the admin port of a gateway?"
                        : address + ": " + detail;
            case 429 -> address + ": too many wrong secrets came from here; try again in a second";
            default -> address + " answered " + answer.statusCode() + (detail == null ? "" : ": " + detail);
        };
    }

    /** What the gateway says of it, which has no ids in it; null where it was not the gateway. */
    private static @Nullable String detail(String body) {
        try {
            JsonNode problem = JSON.readTree(body);
            boolean ours = problem.path("type").asString("").startsWith("urn:sessiongate:problem:");
            String key = problem.path("key").asString("");
            return ours
                    ? (key.isEmpty() ? "" : key + ": ") + problem.path("detail").asString("")
                    : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    private static IllegalStateException failure(String message, int already) {
        return new IllegalStateException(already == 0 ? message : message + " (revoked before that: " + already + ")");
    }
}
