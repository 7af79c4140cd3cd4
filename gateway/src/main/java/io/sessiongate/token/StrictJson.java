package io.sessiongate.token;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON as tokens may have it: one object, nothing behind it, no member twice (RFC 8725 section 3.12 leaves no room for two
 * readings), valid UTF-8, little nesting. Its size is bounded by the caller. Immutable, for any thread.
 */
public final class StrictJson {

    private static final int MAX_DEPTH = 16;
    private static final int MAX_NAME_CHARACTERS = 512;
    private static final int MAX_NUMBER_CHARACTERS = 64;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    // Names come from strangers: a table of them shared by all readers would only be churned.
                    .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNameLength(MAX_NAME_CHARACTERS)
                            .maxNumberLength(MAX_NUMBER_CHARACTERS)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private StrictJson() {}

    /**
     * Reads an object; numbers become {@code Integer}, {@code Long}, {@code BigInteger} or {@code Double}.
     *
     * @return the members, unmodifiable on every level
     * @throws RuntimeException when the bytes are anything else
     */
    public static Map<String, Object> object(byte[] utf8) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("not UTF-8", e);
        }
        if (MAPPER.readValue(text, Object.class) instanceof Map<?, ?> members) {
            return frozen(members);
        }
        throw new IllegalArgumentException("not an object");
    }

    private static Map<String, Object> frozen(Map<?, ?> members) {
        var copy = new LinkedHashMap<String, @Nullable Object>();
        members.forEach((name, value) -> copy.put((String) name, frozen(value)));
        return Collections.unmodifiableMap(copy);
    }

    private static @Nullable Object frozen(@Nullable Object value) {
        if (value instanceof Map<?, ?> members) {
            return frozen(members);
        }
        if (value instanceof List<?> elements) {
            return Collections.unmodifiableList(
                    elements.stream().map(StrictJson::frozen).toList());
        }
        return value;
    }
}
