package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.testing.TestPostgres;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Files drafted from databases as applications have them; each is checked, and put before doctor. */
class InitCommandTest {

    private static final String AUTH_JS_TABLES = """
            create table "User" (id text primary key, name text, email text unique, "emailVerified" timestamp(3));
            create table "Account" (id text primary key, "userId" text not null, provider text, "providerAccountId" text);
            create table "VerificationToken" (identifier text, token text unique, expires timestamp(3));
            create table "Session" (id text primary key, "sessionToken" text unique not null, "userId" text not null,
              expires timestamp(3) not null)""";

    private final TestPostgres postgres = TestPostgres.shared();
    private final String database = postgres.newDatabase();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final Map<String, String> environment = new HashMap<>();
    private final Queue<String> answers = new ArrayDeque<>();
    private boolean isSomebodyThere;

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void begin() {
        file = folder.resolve("sessiongate.yaml");
        environment.put("DATABASE_URL", postgres.url(database) + "?sslmode=disable");
        environment.put("AUTH_SECRET", "a secret of the application, long enough for everything");
        environment.put("NEXTAUTH_SECRET", "a secret of the application, long enough for everything");
        environment.put("ASSERTION_SECRET", "a secret of the gateway, long enough for everything");
        environment.put("JWT_SECRET", "a secret of the application, long enough for everything");
    }

    private int execute(String... arguments) {
        CommandLine line = Main.commandLine(new CommandLine.IFactory() {
            @Override
            public <K> K create(Class<K> type) throws Exception {
                return type == InitCommand.class
                        ? type.cast(new InitCommand(
                                isSomebodyThere ? question -> answers.remove() : null, environment::get))
                        : CommandLine.defaultFactory().create(type);
            }
        });
        line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return line.execute(arguments);
    }

    private String drafted(String... arguments) throws IOException {
        String[] all = new String[arguments.length + 3];
        all[0] = "init";
        all[1] = "-o";
        all[2] = file.toString();
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        assertThat(execute(all)).as(err.toString()).isZero();
        String yaml = Files.readString(file);
        assertThat(yaml + err).doesNotContain(environment.get("DATABASE_URL")).doesNotContain("a secret of");
        return yaml;
    }

    /** What {@code check} says of the file, with the variables set. */
    private List<String> problems() {
        return InitChecks.problems(file, environment);
    }

    private Map<String, String> doctor() throws InterruptedException {
        return InitChecks.doctor(file, environment);
    }

    private void sql(String... statements) {
        postgres.run(database, statements);
    }

    @Test
    void draftsForDatabaseSessionsOfAuthJs() throws Exception {
        sql(AUTH_JS_TABLES);
        String yaml = drafted("--app", "opaque", "--url", "https://app.example.com");
        assertThat(yaml)
                .contains("cookie: \"__Secure-authjs.session-token\"", "kind: opaque", "table: Session")
                .contains(
                        "renew: { max-age: 30d, update-age: 24h }",
                        "id: sessionToken",
                        "subject: userId",
                        "expires: expires   # read as UTC")
                .contains("database: ${DATABASE_URL}", "session-endpoint: cached");
        assertThat(problems()).isEmpty();
        assertThat(doctor()).containsEntry("columns", "OK").containsEntry("check query", "OK");
    }

    @ParameterizedTest
    @CsvSource({
        "authjs4, https://a.example, __Secure-next-auth.session-token",
        "authjs4, http://localhost:3000, next-auth.session-token",
        "authjs5, HTTPS://a.example, __Secure-authjs.session-token",
        "authjs5, http://localhost:3000, authjs.session-token"
    })
    void draftsForEncryptedCookiesWithTheNameThatTheAddressImplies(String app, String url, String cookie)
            throws Exception {
        sql("create table \"User\" (id text primary key, \"tokenVersion\" integer not null default 0)");
        String yaml = drafted("--app", app, "--url", url);
        assertThat(yaml)
                .contains("- cookie: \"" + cookie + "\"", "auth-js: " + app.charAt(6))
                .contains("version: { table: User, id: id, column: tokenVersion, claim: tokenVersion }");
        assertThat(problems()).isEmpty();
        assertThat(doctor()).containsEntry("columns", "OK").containsEntry("check query", "OK");
    }

    @Test
    void choosesTheRowsOfSessionsWhereUsersHaveNoVersion() throws Exception {
        sql(AUTH_JS_TABLES);
        assertThat(drafted("--app", "authjs4", "--url", "http://localhost"))
                .contains("table: Session", "  id: id", "session: sid");
        assertThat(err.toString()).contains("claim sid: have the jwt callback put it there");
        assertThat(problems()).isEmpty();
        assertThat(doctor()).containsEntry("columns", "OK");
    }

    @Test
    void findsADenylist() throws Exception {
        sql("create table revoked_tokens (jti uuid primary key, revoked_at timestamptz)");
        assertThat(drafted("--app", "jwt")).contains("denylist: { table: revoked_tokens, id: jti, claim: jti }");
        assertThat(problems()).isEmpty();
        assertThat(doctor()).containsEntry("columns", "OK");
    }

    @Test
    void saysWhatToAddWhereNothingSaysThatALoginIsOver() throws Exception {
        sql("create table users (id bigint primary key, email text)");
        assertThat(drafted("--app", "authjs5", "--url", "https://a.example"))
                .contains("version: { table: users, id: id, column: sessionVersion, claim: sessionVersion }");
        assertThat(err.toString())
                .contains("ALTER TABLE users ADD COLUMN \"sessionVersion\" integer NOT NULL DEFAULT 0");
        assertThat(problems()).isEmpty();
        sql("alter table users add column \"sessionVersion\" integer not null default 0");
        assertThat(doctor()).containsEntry("columns", "OK");
    }

    @Test
    void prefersTheSchemaOfTheUrlAndNamesOthers() throws Exception {
        sql(
                "create schema auth",
                "create table auth.user_sessions (id uuid primary key, user_id uuid, expires_at timestamptz, revoked_at timestamptz)");
        assertThat(drafted("--app", "jwt"))
                .contains(
                        "table: auth.user_sessions",
                        "id: id",
                        "subject: user_id",
                        "expires: expires_at\n",
                        "revoked: revoked_at");
        assertThat(problems()).isEmpty();
        assertThat(doctor()).containsEntry("columns", "OK");
        environment.put("DATABASE_URL", environment.get("DATABASE_URL") + "&schema=auth");
        assertThat(drafted("--app", "jwt", "--force")).contains("table: user_sessions");
        assertThat(doctor()).containsEntry("columns", "OK");
    }

    @Test
    void quotesWhatNeedsIt() throws Exception {
        sql(
                "create table \"my \"\"login\"\" sessions\" (\"session-id\" text primary key, \"user id\" text, \"null\" int, expires timestamp)");
        assertThat(drafted("--app", "jwt")).contains("table: \"\\\"my \\\"\\\"login\\\"\\\" sessions\\\"\"");
        assertThat(problems()).isEmpty();
        assertThat(doctor()).containsEntry("columns", "OK");
    }

    @Test
    void takesTheTableThatIsNamedAndSaysThatThereAreOthers() throws Exception {
        sql(
                "create table sessions (id uuid primary key, user_id text, expires_at timestamptz)",
                "create table old_sessions (id uuid, user_id text, expires_at timestamptz)");
        assertThat(drafted("--app", "jwt")).contains("table: sessions");
        assertThat(err.toString()).contains("Other tables look like sessions");
        assertThat(drafted("--app", "jwt", "--table", "old_sessions", "--force"))
                .contains("table: old_sessions");
        assertThat(err.toString()).contains("No index begins with old_sessions.id");
    }

    @Test
    void draftsWithoutADatabase() throws Exception {
        environment.remove("AUTH_SECRET");
        assertThat(drafted("--app", "authjs5", "--url", "https://a.example", "--offline"))
                .contains("# CHANGE: no table was recognised");
        assertThat(err.toString()).contains("with AUTH_SECRET set");
        environment.put("AUTH_SECRET", "a secret of the application, long enough for everything");
        assertThat(problems()).isEmpty();
    }

    @Test
    void asksWhatItCannotKnow() throws Exception {
        isSomebodyThere = true;
        answers.addAll(List.of("nextjs", "AuthJS5", "http://127.0.0.1:4000", ""));
        sql(AUTH_JS_TABLES);
        assertThat(drafted()).contains("- \"http://127.0.0.1:4000\"", "__Secure-authjs.session-token");
        assertThat(answers).isEmpty();
        assertThat(problems()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "|--app is missing",
                "--app authjs4|--url is missing",
                "--app nextjs|expected authjs4",
                "--app jwt --upstream localhost|--upstream: 'localhost' is not a URL",
                "--app jwt --database-url mysql://a|the database's URL"
            })
    void refusesAnIncompleteCommandLine(String linesAndMessage) {
        String[] parts = linesAndMessage.split("\\|", -1);
        String[] arguments = ("init -o " + file + " " + parts[0]).strip().split(" ", -1);
        assertThat(execute(arguments)).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains(parts[1]);
        assertThat(file).doesNotExist();
    }

    @Test
    void writesOverNothing() throws Exception {
        Files.writeString(file, "mine");
        assertThat(execute("init", "-o", file.toString(), "--app", "jwt", "--offline"))
                .isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("is there already");
        assertThat(file).hasContent("mine");
    }

    @Test
    void saysThatTheDatabaseIsAwayAndWritesNothing() {
        environment.put("DATABASE_URL", "postgresql://u:secret-word@127.0.0.1:1/app");
        assertThat(execute("init", "-o", file.toString(), "--app", "jwt")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString())
                .contains("could not be looked at", "--offline")
                .doesNotContain("secret-word");
        assertThat(file).doesNotExist();
    }

    @Test
    void writesToStandardOutput() {
        assertThat(execute("init", "-o", "-", "--app", "jwt", "--offline")).isZero();
        assertThat(out.toString()).startsWith("#").contains("routes:");
        assertThat(file).doesNotExist();
    }
}
