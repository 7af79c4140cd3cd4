package io.sessiongate.app;

import io.sessiongate.app.AdminServer.Page;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** What the admin port says of a request it does not serve, as RFC 9457 has it. Stateless. */
final class Problems {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Problems() {}

    /**
     * The page.
     *
     * @param slug the stable end of the problem's type
     * @param detail a sentence of ours, with nothing of the request in it but names of keys
     * @param key where in the body, or null
     */
    static Page page(int status, String slug, String detail, @Nullable String key) {
        return page(status, slug, detail, key, Map.of());
    }

    static Page page(int status, String slug, String detail, @Nullable String key, Map<String, String> fields) {
        return page(status, slug, detail, key, fields, Map.of());
    }

    /** The same with what further it has to say. */
    static Page page(
            int status,
            String slug,
            String detail,
            @Nullable String key,
            Map<String, String> fields,
            Map<String, ?> more) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("type", "urn:sessiongate:problem:" + slug);
        body.put("status", status);
        body.put("detail", detail);
        if (key != null) {
            body.put("key", key);
        }
        body.putAll(more);
        return new Page(status, "application/problem+json", JSON.writeValueAsString(body) + "\n", fields);
    }
}
