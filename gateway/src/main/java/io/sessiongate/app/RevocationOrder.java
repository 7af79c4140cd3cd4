package io.sessiongate.app;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which sessions, and whose, are to end: the body of {@code POST /revocations}, read strictly, as a misread one would leave
 * somebody signed in. Immutable.
 *
 * @param realm the realm's name, or null where none was given
 */
record RevocationOrder(@Nullable String realm, Set<String> sessions, Set<String> subjects) {

    static final int MAX_IDS = 1_000;

    private static final Set<String> KEYS = Set.of("realm", "sessions", "subjects");
    private static final int MAX_DEPTH = 8;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    RevocationOrder {
        sessions = Collections.unmodifiableSet(new LinkedHashSet<>(sessions));
        subjects = Collections.unmodifiableSet(new LinkedHashSet<>(subjects));
    }

    /** What is wrong with a body; the message has nothing of its values, which are ids. */
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1;

        private final @Nullable String key;

        Unreadable(@Nullable String key, String message) {
            super(message, null, false, false);
            this.key = key;
        }

        /** The key, or null where it is the whole. */
        @Nullable String key() {
            return key;
        }

        String message() {
            return String.valueOf(getMessage());
        }
    }

    static RevocationOrder read(byte[] utf8) throws Unreadable {
        JsonNode body = tree(utf8);
        if (!body.isObject()) {
            throw new Unreadable(null, "expected a JSON object with sessions, subjects, or both");
        }
        for (String key : body.propertyNames()) {
            if (!KEYS.contains(key)) {
                throw new Unreadable(printable(key), "not a known key; expected realm, sessions or subjects");
            }
        }
        RevocationOrder order = new RevocationOrder(realm(body), ids(body, "sessions"), ids(body, "subjects"));
        if (order.sessions.isEmpty() && order.subjects.isEmpty()) {
            throw new Unreadable("sessions", "nothing to revoke; expected an id in sessions or in subjects");
        }
        return order;
    }

    private static JsonNode tree(byte[] utf8) throws Unreadable {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
            return MAPPER.readTree(text);
        } catch (CharacterCodingException e) {
            throw new Unreadable(null, "not UTF-8");
        } catch (JacksonException e) {
            // Its own message quotes the body.
            var at = e.getLocation();
            throw new Unreadable(
                    null,
                    "not JSON, or a key twice"
                            + (at == null ? "" : ", at line " + at.getLineNr() + ", column " + at.getColumnNr()));
        }
    }

    private static @Nullable String realm(JsonNode body) throws Unreadable {
        JsonNode realm = body.get("realm");
        if (realm == null) {
            return null;
        }
        if (!realm.isString()) {
            throw new Unreadable("realm", "expected text");
        }
        return realm.stringValue();
    }

    private static Set<String> ids(JsonNode body, String key) throws Unreadable {
        Set<String> ids = new LinkedHashSet<>();
        JsonNode list = body.get(key);
        if (list == null) {
            return ids;
        }
        if (!list.isArray()) {
            throw new Unreadable(key, "expected a list of ids");
        }
        if (list.size() > MAX_IDS) {
            throw new Unreadable(key, "more than " + MAX_IDS + " ids; expected them in several requests");
        }
        for (int i = 0; i < list.size(); i++) {
            JsonNode id = list.get(i);
            if (!id.isString() || id.stringValue().isBlank()) {
                throw new Unreadable(key + "[" + i + "]", "expected an id, as text");
            }
            ids.add(id.stringValue());
        }
        return ids;
    }

    /** A misspelt key helps its writer; what is no key at all may be anything. */
    private static String printable(String key) {
        boolean plain = key.length() <= 32 && key.chars().allMatch(c -> c == '_' || c == '-' || isLetterOrDigit(c));
        return plain ? key : "?";
    }

    private static boolean isLetterOrDigit(int c) {
        return c < 0x80 && Character.isLetterOrDigit(c);
    }

    /** Names no id: this may reach a log. */
    @Override
    public String toString() {
        return "RevocationOrder";
    }
}
