package io.sessiongate.cli;

import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.LoadResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The files for Kubernetes, read.
 *
 * @param all every manifest that the kustomization names, in its order
 * @param pod the template of the gateway's pods
 * @param container the only one of a pod
 */
record KubernetesFiles(JsonNode kustomization, List<JsonNode> all, JsonNode pod, JsonNode container) {

    static final Path FOLDER = Path.of("../docker/kubernetes");
    static final String TEMPLATE = "secret.example.yaml";

    /** Values that a Secret may have in place of the template's. */
    static final Map<String, String> SECRETS = Map.of(
            "JWT_SECRET", "x".repeat(32),
            "DATABASE_URL", "postgresql://gateway@127.0.0.1:1/app?connect_timeout=1&sslmode=disable",
            "ADMIN_SECRET", "y".repeat(16));

    private static final YAMLMapper YAML = new YAMLMapper();

    static KubernetesFiles read() {
        JsonNode kustomization = documents("kustomization.yaml").get(0);
        List<JsonNode> all = new ArrayList<>();
        for (JsonNode name : kustomization.get("resources")) {
            all.addAll(documents(name.asString()));
        }
        JsonNode pod = named(all, "Deployment", "sessiongate").at("/spec/template");
        return new KubernetesFiles(kustomization, all, pod, pod.at("/spec/containers/0"));
    }

    static List<JsonNode> documents(String file) {
        try {
            return YAML.readerFor(JsonNode.class)
                    .<JsonNode>readValues(Files.readString(FOLDER.resolve(file)))
                    .readAll();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The configuration of the ConfigMap, with these values in the environment. */
    static LoadResult load(Map<String, String> secrets) {
        return ConfigLoader.load(FOLDER.resolve("sessiongate.yaml"), secrets::get);
    }

    static GatewayConfig config() {
        return ((LoadResult.Loaded) load(SECRETS)).config();
    }

    static List<String> texts(JsonNode list) {
        return list.valueStream().map(JsonNode::asString).toList();
    }

    JsonNode manifest(String kind, String name) {
        return named(all, kind, name);
    }

    private static JsonNode named(List<JsonNode> all, String kind, String name) {
        return all.stream()
                .filter(m -> m.get("kind").asString().equals(kind)
                        && m.at("/metadata/name").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** The number of a port that is given as such, or by its name in the container. */
    int port(JsonNode port) {
        return port.isNumber() ? port.asInt() : port(port.asString());
    }

    int port(String name) {
        return container
                .get("ports")
                .valueStream()
                .filter(p -> p.get("name").asString().equals(name))
                .findFirst()
                .orElseThrow()
                .get("containerPort")
                .asInt();
    }

    /** Whether these labels choose the gateway's pods. */
    boolean selects(JsonNode labels) {
        return labels.isObject()
                && !labels.isEmpty()
                && labels.properties().stream()
                        .allMatch(e ->
                                e.getValue().equals(pod.at("/metadata/labels").get(e.getKey())));
    }
}
