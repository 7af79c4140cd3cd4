package io.sessiongate.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.http.FaultKind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The outcomes of a request are a closed list, which is written down. */
class OutcomesTest {

    private static final Pattern REMARK = Pattern.compile("\\((\\d{3})\\b[^)]*\\)");
    private static final Pattern WORD = Pattern.compile("`([^`]+)`|\\((\\d{3})\\)");

    @Test
    void areAllInTheDocumentationWithTheirStatusAndNoOther() throws IOException {
        String document = Files.readString(Path.of("../docs/metrics.md"));
        String list = document.substring(document.indexOf("### Outcomes"), document.indexOf("The same words end"));
        Map<String, Integer> documented = new TreeMap<>();
        List<String> words = new ArrayList<>();
        Matcher word = WORD.matcher(REMARK.matcher(list).replaceAll("($1)"));
        while (word.find()) {
            if (word.group(1) != null) {
                words.add(word.group(1));
            } else {
                words.forEach(each -> documented.put(each, Integer.valueOf(word.group(2))));
                words.clear();
            }
        }
        Map<String, Integer> outcomes = new TreeMap<>();
        for (FaultKind kind : FaultKind.values()) {
            outcomes.put(RequestMeters.outcome(kind.status(), kind), kind.status());
        }

        assertThat(words).as("words without a status").isEmpty();
        assertThat(documented).isEqualTo(outcomes);
    }

    @Test
    void areAllExplainedOnTheStatusPage() throws IOException {
        try (InputStream in = OutcomesTest.class.getResourceAsStream("/io/sessiongate/app/status/status.html")) {
            String page = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            for (FaultKind kind : FaultKind.values()) {
                assertThat(page).containsPattern("\\b" + kind.slug() + "'?: \\[");
            }
        }
    }
}
