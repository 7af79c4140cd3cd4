package io.sessiongate.app;

import io.sessiongate.app.AdminServer.Page;
import io.sessiongate.app.Reloads.Outcome;
import io.sessiongate.config.Change;
import io.sessiongate.config.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** {@code POST /reload}: loads the configuration again for whoever knows the admin secret, and answers what came of it. */
final class ReloadAction implements AdminAction {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final AdminSecret secret;
    private final @Nullable Reloads reloads;

    /** {@code reloads}: null where the configuration came from no file. */
    ReloadAction(AdminSecret secret, @Nullable Reloads reloads) {
        this.secret = secret;
        this.reloads = reloads;
    }

    @Override
    public Page perform(Ask ask) {
        return begin(ask).toCompletableFuture().join();
    }

    @Override
    public CompletionStage<Page> begin(Ask ask) {
        @Nullable Page refusal = secret.refusal(ask, "Nothing can be loaded");
        if (refusal != null) {
            return CompletableFuture.completedFuture(refusal);
        }
        if (reloads == null) {
            return CompletableFuture.completedFuture(
                    Problems.page(404, "no-file", "The configuration came from no file.", null));
        }
        CompletableFuture<Outcome> outcome = reloads.ask();
        return outcome == null
                ? CompletableFuture.completedFuture(
                        Problems.page(409, "reload-under-way", "The configuration is being loaded already.", null))
                : outcome.thenApply(ReloadAction::page);
    }

    private static Page page(Outcome outcome) {
        if (outcome instanceof Outcome.Loaded loaded) {
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("result", loaded.changes().isEmpty() ? "unchanged" : "applied");
            body.put("changes", lines(loaded.changes()));
            body.put("needs_restart", lines(loaded.pending()));
            return new Page(200, "application/json", JSON.writeValueAsString(body) + "\n");
        }
        if (outcome instanceof Outcome.Invalid invalid) {
            List<String> problems =
                    invalid.problems().stream().map(Problem::toString).toList();
            return Problems.page(
                    422,
                    "configuration-invalid",
                    "The configuration is not valid; the former one holds.",
                    null,
                    Map.of(),
                    Map.of("problems", problems));
        }
        return Problems.page(
                500, "configuration-unusable", "The configuration cannot be put to use; the former one holds.", null);
    }

    private static List<String> lines(List<Change> changes) {
        return changes.stream().map(Change::toString).toList();
    }
}
