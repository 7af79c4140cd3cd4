package io.sessiongate.app.status;

import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Maps, lists, texts, numbers and flags as JSON; whole numbers without a fraction, what is no number as null. Stateless. */
final class JsonText {

    /** Beyond it a double has no fraction to lose, and JavaScript no whole number to tell from the next. */
    private static final double WHOLE = 1L << 53;

    private JsonText() {}

    static String of(Map<String, ?> object) {
        StringWriter text = new StringWriter(4_096);
        // As it comes: the library's mapping of objects is five hundred classes.
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
            write(json, object);
        }
        return text + "\n";
    }

    private static void write(JsonGenerator json, @Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            json.writeStartObject();
            map.forEach((name, inner) -> {
                json.writeName(String.valueOf(name));
                write(json, inner);
            });
            json.writeEndObject();
        } else if (value instanceof List<?> list) {
            json.writeStartArray();
            list.forEach(inner -> write(json, inner));
            json.writeEndArray();
        } else if (value instanceof Number number) {
            number(json, number);
        } else if (value instanceof Boolean flag) {
            json.writeBoolean(flag);
        } else if (value == null) {
            json.writeNull();
        } else {
            json.writeString(value.toString());
        }
    }

    private static void number(JsonGenerator json, Number number) {
        double value = number.doubleValue();
        if (number instanceof Long || number instanceof Integer) {
            json.writeNumber(number.longValue());
        } else if (!Double.isFinite(value)) {
            json.writeNull();
        } else if (value == Math.rint(value) && Math.abs(value) <= WHOLE) {
            json.writeNumber((long) value);
        } else {
            json.writeNumber(value);
        }
    }
}
