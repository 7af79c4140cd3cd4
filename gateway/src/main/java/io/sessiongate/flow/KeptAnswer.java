package io.sessiongate.flow;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What the application said.
 *
 * @param fields header fields that hold for everyone who asks with the token
 * @param body JSON, an object with members
 * @param askedNanos monotonic time at which it was asked
 */
record KeptAnswer(List<Map.Entry<String, String>> fields, String body, long askedNanos) {

    private static final int OVERHEAD_BYTES = 150;
    private static final int FIELD_OVERHEAD_BYTES = 120;

    KeptAnswer {
        fields = List.copyOf(fields);
    }

    Answer answer(String requestId) {
        List<Map.Entry<String, String>> all = new ArrayList<>(fields.size() + 1);
        all.addAll(fields);
        all.add(Map.entry(RequestIds.FIELD, requestId));
        return new Answer(200, null, all, body);
    }

    int weight() {
        int weight = OVERHEAD_BYTES + 2 * body.length();
        for (Map.Entry<String, String> field : fields) {
            weight += FIELD_OVERHEAD_BYTES
                    + field.getKey().length()
                    + field.getValue().length();
        }
        return weight;
    }

    /** Names nobody: this may reach a log. */
    @Override
    public String toString() {
        return "KeptAnswer";
    }
}
