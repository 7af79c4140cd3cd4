package io.sessiongate;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.sessiongate.app.RealmGateway;
import io.sessiongate.http.FaultKind;
import io.sessiongate.metrics.TlsMeters;
import io.sessiongate.testing.PromQuery;
import io.sessiongate.testing.PromQuery.Use;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Alerts and dashboard ask for meters that there are, with labels and values that they have; and for each alert somebody wrote
 * down what to do. The meters are those of a gateway that uses everything.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MonitoringFilesTest {

    private static final Path DOCKER = Path.of("../docker");
    private static final Path RUNBOOK = Path.of("../docs/runbook.md");
    private static final Set<String> PROMETHEUS_OWN = Set.of("instance", "job", "le");
    private static final Pattern SAMPLE = Pattern.compile("([a-z_0-9]+)(?:\\{(.*)})? [^ ]+");
    private static final Pattern LABEL = Pattern.compile("([a-z_0-9]+)=\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern TEMPLATE = Pattern.compile("\\$labels\\.([a-z_]+)");

    /** A rule, or a panel: where it stands, what it asks, what it says. */
    private record Query(String where, String text, String says) {}

    private final Map<String, Map<String, Set<String>>> meters = new HashMap<>();
    private String documented;

    @BeforeAll
    void scrape(@TempDir Path folder) throws Exception {
        documented = Files.readString(Path.of("../docs/metrics.md"));
        String database = RealmGateway.newDatabase("create table sessions (id text primary key, user_id text)");
        String token = "from: [ { cookie: session } ]\n      keys: [ { algorithm: HS256, secret: \""
                + RealmGateway.SECRET + "\" }, { jwks: \"http://127.0.0.1:1/jwks\" } ]";
        String session = "table: sessions\n      columns: { id: id, subject: user_id }\n"
                + "      replicas: [ \"postgresql://u:p@127.0.0.1:1/app\" ]\n      revocations: { channel: gone }";
        try (RealmGateway gateway = new RealmGateway(folder, database, "", token, session, "")) {
            gateway.get("/");
            samples(gateway.metrics());
        }
        samples(ofCertificates());
        meters.put("up", Map.of("job", Set.of("sessiongate")));
    }

    private void samples(String scraped) {
        scraped.lines().filter(line -> !line.startsWith("#")).forEach(this::sample);
    }

    private void sample(String line) {
        Matcher sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as(line).isTrue();
        Map<String, Set<String>> labels = meters.computeIfAbsent(sample.group(1), name -> new HashMap<>());
        Matcher label = LABEL.matcher(sample.group(2) == null ? "" : sample.group(2));
        while (label.find()) {
            labels.computeIfAbsent(label.group(1), name -> new HashSet<>()).add(label.group(2));
        }
    }

    /** Meters of certificates, which this gateway has none of. */
    private static String ofCertificates() {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        new TlsMeters(registry).listener("127.0.0.1:443", 1).watchExpiry("chain.pem", () -> 0);
        return registry.scrape();
    }

    private static List<JsonNode> rules() throws IOException {
        List<JsonNode> rules = new ArrayList<>();
        YAMLMapper.builder()
                .build()
                .readTree(Files.readString(DOCKER.resolve("alerts.yml")))
                .path("groups")
                .forEach(group -> group.path("rules").forEach(rules::add));
        return rules;
    }

    private static List<Query> queries() throws IOException {
        List<Query> queries = new ArrayList<>();
        for (JsonNode rule : rules()) {
            queries.add(new Query(
                    rule.path("alert").asString(),
                    rule.path("expr").asString(),
                    rule.at("/annotations/summary").asString()));
        }
        JsonNode dashboard =
                new ObjectMapper().readTree(Files.readString(DOCKER.resolve("grafana/dashboards/sessiongate.json")));
        for (JsonNode panel : dashboard.path("panels")) {
            for (JsonNode target : panel.path("targets")) {
                queries.add(new Query(
                        panel.path("title").asString(), target.path("expr").asString(), ""));
            }
        }
        for (JsonNode variable : dashboard.at("/templating/list")) {
            JsonNode query = variable.at("/query/query");
            if (query.isString()) {
                queries.add(new Query("variable " + variable.path("name").asString(), query.asString(), ""));
            }
        }
        return queries;
    }

    @Test
    void askForMetersThatThereAre() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Query query : queries()) {
            PromQuery parsed = PromQuery.parse(query.text());
            assertThat(parsed.uses()).as(query.where()).isNotEmpty();
            for (Use use : parsed.uses()) {
                if (!meters.containsKey(use.metric())) {
                    wrong.add(query.where() + ": no meter " + use.metric());
                } else if (use.metric().startsWith("sessiongate_") && !isDocumented(use.metric())) {
                    wrong.add(query.where() + ": docs/metrics.md has no " + use.metric());
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private boolean isDocumented(String metric) {
        String timer = metric.replaceAll("_(bucket|count|sum|max)$", "");
        return documented.contains('`' + metric + '`') || documented.contains('`' + timer + '`');
    }

    @Test
    void askForLabelsAndValuesThatThereAre() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Query query : queries()) {
            for (Use use : PromQuery.parse(query.text()).uses()) {
                Map<String, Set<String>> labels = meters.getOrDefault(use.metric(), Map.of());
                use.matchers().forEach((label, values) -> {
                    if (!labels.containsKey(label) && !PROMETHEUS_OWN.contains(label)) {
                        wrong.add(query.where() + ": " + use.metric() + " has no label " + label);
                    }
                    values.stream()
                            .filter(value -> !value.startsWith("$"))
                            .filter(value ->
                                    !labels.getOrDefault(label, Set.of()).contains(value) && !isOutcome(label, value))
                            .forEach(value -> wrong.add(query.where() + ": no " + label + " is " + value));
                });
            }
        }
        assertThat(wrong).isEmpty();
    }

    /** Counters of outcomes are made when they are first needed. */
    private static boolean isOutcome(String label, String value) {
        return label.equals("outcome")
                && java.util.Arrays.stream(FaultKind.values())
                        .anyMatch(kind -> kind.slug().equals(value));
    }

    @Test
    void groupByLabelsThatThereAre() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Query query : queries()) {
            PromQuery parsed = PromQuery.parse(query.text());
            Set<String> known = new TreeSet<>(PROMETHEUS_OWN);
            parsed.uses()
                    .forEach(use -> known.addAll(
                            meters.getOrDefault(use.metric(), Map.of()).keySet()));
            parsed.grouping().stream()
                    .filter(label -> !known.contains(label))
                    .forEach(label -> wrong.add(query.where() + ": nothing has a label " + label));
            // What an alert says must have been left by its aggregations.
            Set<String> left = parsed.grouping().isEmpty() ? known : parsed.grouping();
            Matcher said = TEMPLATE.matcher(query.says());
            while (said.find()) {
                if (!left.contains(said.group(1))) {
                    wrong.add(query.where() + ": says " + said.group(1) + ", which it does not know");
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void haveASectionInTheRunbookForEachAlertAndNoOther() throws IOException {
        List<String> alerts =
                rules().stream().map(rule -> rule.path("alert").asString()).toList();
        List<String> sections = Files.readAllLines(RUNBOOK).stream()
                .filter(line -> line.startsWith("## "))
                .map(line -> line.substring(3))
                .toList();

        assertThat(alerts).doesNotHaveDuplicates();
        assertThat(sections).containsExactlyInAnyOrderElementsOf(alerts);
    }

    @Test
    void sayWhatAnAlertMeansHowToSeeItAndWhatToDo() throws IOException {
        for (String section : Files.readString(RUNBOOK).split("\n## ", -1)) {
            if (!section.startsWith("# ")) {
                assertThat(section).contains("\n**Means** ", "\n**See** ", "\n**Do** ");
            }
        }
        for (JsonNode rule : rules()) {
            assertThat(rule.at("/labels/severity").asString()).isIn("critical", "warning", "info");
            assertThat(rule.at("/annotations/summary").asString()).isNotEmpty();
        }
    }

    @Test
    void linkWithinTheRunbookToSectionsThatThereAre() throws IOException {
        String runbook = Files.readString(RUNBOOK);
        Set<String> anchors = new HashSet<>();
        runbook.lines()
                .filter(line -> line.startsWith("## "))
                .forEach(line -> anchors.add(line.substring(3).toLowerCase(java.util.Locale.ROOT)));
        Matcher link = Pattern.compile("\\]\\(#([^)]+)\\)").matcher(runbook);
        while (link.find()) {
            assertThat(anchors).contains(link.group(1));
        }
    }

    @Test
    void areWhereTheContainersLookForThem() throws IOException {
        JsonNode services = YAMLMapper.builder()
                .build()
                .readTree(Files.readString(DOCKER.resolve("compose.yaml")))
                .path("services");
        List<String> mounts = new ArrayList<>();
        for (String service : new String[] {"prometheus", "grafana"}) {
            services.path(service).path("volumes").forEach(volume -> {
                String[] parts = volume.asString().split(":", -1);
                assertThat(DOCKER.resolve(parts[0])).exists();
                assertThat(parts[2]).isEqualTo("ro");
                mounts.add(parts[1]);
            });
        }

        assertThat(Files.readString(DOCKER.resolve("prometheus.yml")))
                .contains("rule_files: [ " + mounts.get(1) + " ]");
        assertThat(mounts.get(1)).isEqualTo("/etc/prometheus/alerts.yml");
        assertThat(mounts).contains("/etc/grafana/provisioning", "/etc/grafana/dashboards");
        assertThat(Files.readString(DOCKER.resolve("grafana/provisioning/dashboards/sessiongate.yml")))
                .contains("path: /etc/grafana/dashboards");
        assertThat(Files.readString(DOCKER.resolve("grafana/provisioning/datasources/prometheus.yml")))
                .contains("url: http://prometheus:9090");
    }
}
