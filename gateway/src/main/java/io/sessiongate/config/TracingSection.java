package io.sessiongate.config;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what is said of tracing. */
final class TracingSection {

    private final Section section;

    private TracingSection(Section section) {
        this.section = section;
    }

    /** Null where nothing is traced. */
    static @Nullable TracingConfig read(Section whole) {
        return whole.has("tracing") ? new TracingSection(whole.section("tracing")).read() : null;
    }

    private @Nullable TracingConfig read() {
        @Nullable URI endpoint = section.parsed("endpoint", TracingSection::endpoint);
        Map<String, Secret> headers = headers();
        if (endpoint != null
                && !headers.isEmpty()
                && "http".equals(endpoint.getScheme())
                && !KeyUrl.isPlainLoopback(endpoint)) {
            section.error(
                    "endpoint",
                    "the headers are secret and would cross a network in clear; expected https (plain http only to this"
                            + " machine itself)");
        }
        return endpoint == null
                ? null
                : new TracingConfig(
                        endpoint,
                        headers,
                        section.fraction("sample"),
                        section.text("sampling").equals("parent")
                                ? TracingConfig.Sampling.PARENT
                                : TracingConfig.Sampling.RATIO,
                        section.text("trust").equals("everyone")
                                ? TracingConfig.Trust.EVERYONE
                                : TracingConfig.Trust.TRUSTED_PROXIES,
                        section.text("service-name"),
                        section.duration("timeout"));
    }

    private Map<String, Secret> headers() {
        Map<String, Secret> headers = new LinkedHashMap<>();
        Section given = section.section("headers");
        for (String name : given.names()) {
            @Nullable Secret value = given.parsed(name, TracingSection::fieldValue);
            if (value != null) {
                headers.put(name, value);
            }
        }
        return headers;
    }

    private static URI endpoint(String text) {
        URI url;
        try {
            url = URI.create(text);
        } catch (IllegalArgumentException e) {
            // Without the cause: its message quotes the text.
            throw new IllegalArgumentException("not a URL");
        }
        boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
        if (!http || url.getHost() == null) {
            throw new IllegalArgumentException(
                    "expected http or https and a host, such as http://127.0.0.1:4318/v1/traces");
        }
        if (url.getRawUserInfo() != null || url.getRawQuery() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "a URL with a user, a query or a fragment; expected one without, and secrets in tracing.headers");
        }
        return url;
    }

    private static Secret fieldValue(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < ' ' || text.charAt(i) >= 0x7f) {
                throw new IllegalArgumentException(
                        "has characters that a header cannot carry; expected ASCII in one line");
            }
        }
        return new Secret(text);
    }
}
