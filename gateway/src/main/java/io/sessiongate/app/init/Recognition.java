package io.sessiongate.app.init;

import io.sessiongate.app.init.FoundTable.FoundColumn;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds in an application's tables, by the names people give them, where its logins are. A guess, which the draft says and doctor
 * checks.
 */
public final class Recognition {

    private static final Set<String> USERS = Set.of("user", "users", "member", "members", "appuser", "appusers");

    private final List<FoundTable> tables;
    private final @Nullable String schema;

    /**
     * A row that is a session.
     *
     * @param subject column of the user, or null
     * @param expires column of its end, or null
     * @param revoked column that is set once it does not count any more, or null
     */
    public record Sessions(
            FoundTable table,
            FoundColumn id,
            @Nullable FoundColumn subject,
            @Nullable FoundColumn expires,
            @Nullable FoundColumn revoked) {

        private int score() {
            return (subject == null ? 0 : 2)
                    + (expires == null ? 0 : 2)
                    + (id.leadsIndex() ? 1 : 0)
                    + (table.readable() ? 1 : 0);
        }
    }

    /** A user's row. */
    public record Users(
            FoundTable table, FoundColumn id, @Nullable FoundColumn version) {}

    /** A row that is a token which does not count any more. */
    public record Denylist(FoundTable table, FoundColumn id) {}

    /**
     * Prepares to find.
     *
     * @param schema the one that the URL names, whose tables go before those of others; or null for {@code public}
     */
    public Recognition(List<FoundTable> tables, @Nullable String schema) {
        this.schema = schema == null ? "public" : schema;
        this.tables = tables.stream()
                .sorted(Comparator.comparing(
                        (FoundTable table) -> !table.schema().equals(this.schema)))
                .toList();
    }

    /** Tables of sessions, the likeliest first. */
    public List<Sessions> sessions(App app) {
        return tables.stream()
                .filter(table -> table.plainName().contains("session")
                        || table.plainName().contains("login"))
                .flatMap(table -> sessions(table, app))
                .sorted(Comparator.comparing(
                                (Sessions found) -> !found.table().schema().equals(schema))
                        .thenComparing(found -> -found.score()))
                .toList();
    }

    private static Stream<Sessions> sessions(FoundTable table, App app) {
        // The cookie is the token itself, but a JWT names the row by its id.
        @Nullable FoundColumn id = app == App.OPAQUE
                ? table.column("sessiontoken", "token", "sessionid", "sid", "key", "id")
                : table.column("id", "sessionid", "sid", "uuid", "sessiontoken", "token");
        @Nullable FoundColumn subject = table.column("userid", "uid", "subject", "sub", "accountid", "user", "memberid");
        @Nullable FoundColumn expires = table.column("expires", "expiresat", "expiry", "expiration", "validuntil", "expire");
        @Nullable FoundColumn revoked = table.column("revokedat", "revoked", "isrevoked", "loggedoutat", "invalidatedat");
        if (id == null || !id.isId() || (subject == null && expires == null)) {
            return Stream.empty();
        }
        return Stream.of(new Sessions(
                table,
                id,
                subject != null && subject.isId() ? subject : null,
                expires != null && expires.isTime() ? expires : null,
                revoked != null && (revoked.isTime() || revoked.type().equals("boolean")) ? revoked : null));
    }

    /** The table of users, one with a version of their sessions first; null where there is none. */
    public @Nullable Users users() {
        return tables.stream()
                .filter(table -> USERS.contains(table.plainName()))
                .flatMap(Recognition::users)
                .min(Comparator.comparing((Users found) -> found.version() == null))
                .orElse(null);
    }

    private static Stream<Users> users(FoundTable table) {
        @Nullable FoundColumn id = table.column("id", "userid", "uuid");
        @Nullable FoundColumn version = table.column(
                "sessionversion", "tokenversion", "jwtversion", "authversion", "sessionepoch", "tokenepoch");
        return id == null || !id.isId()
                ? Stream.empty()
                : Stream.of(new Users(table, id, version != null && version.isWholeNumberOrText() ? version : null));
    }

    /** The table of tokens that were taken back, or null. */
    public @Nullable Denylist denylist() {
        return tables.stream()
                .filter(table -> Stream.of("revoked", "denylist", "denied", "blacklist", "blocklist", "invalidated")
                        .anyMatch(table.plainName()::contains))
                .flatMap(table -> {
                    @Nullable FoundColumn id = table.column("jti", "tokenid", "tokenjti");
                    return id == null || !id.isId() ? Stream.empty() : Stream.of(new Denylist(table, id));
                })
                .findFirst()
                .orElse(null);
    }

    /** As the configuration spells a table: with its schema where it is not the one that is searched. */
    public String spelled(FoundTable table) {
        return table.schema().equals(schema) ? Scalars.name(table.name()) : Scalars.names(table.schema(), table.name());
    }
}
