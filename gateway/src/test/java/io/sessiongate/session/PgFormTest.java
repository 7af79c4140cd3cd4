package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What rows say of the sessions that were asked for. */
class PgFormTest {

    /** As the statement returns it: id, subject, milliseconds, revoked, roles, list?, attributes, version. */
    private record Row(String id, boolean revoked, @Nullable String version) implements PgTable.Row {
        @Override
        public @Nullable String text(int column) {
            return column == 0 ? id : column == PgForm.VERSION_COLUMN ? version : null;
        }

        @Override
        public @Nullable Double real(int column) {
            return null;
        }

        @Override
        public @Nullable Long integer(int column) {
            return null;
        }

        @Override
        public boolean flag(int column) {
            return column == 3 && revoked;
        }

        @Override
        public String @Nullable [] texts(int column) {
            return null;
        }

        @Override
        public @Nullable String shown(int column) {
            return null;
        }
    }

    private static List<String> read(PgForm form, PgIdType type, List<String> asked, Row... rows) {
        PgTable table = new PgTable(List.of(), List.of(rows), rows.length);
        return form.read(table, new PgAskedIds(type, asked, form::key)).stream()
                .map(row -> row.id() + (row.revoked() ? " revoked" : "") + (row.spelledAlike() ? "" : " otherwise"))
                .sorted()
                .toList();
    }

    /** A replica that lags has the former number: that must not end the token with the new one, nor serve it. */
    @Test
    void saysNothingOfATokenWithAnotherVersionThanTheRow() {
        assertThat(read(PgForm.VERSION, PgIdType.TEXT, List.of("3:ann", "4:ann", "3:bob"), new Row("ann", false, "3")))
                .containsExactly("3:ann");
        assertThat(read(PgForm.VERSION, PgIdType.TEXT, List.of("3:ann"), new Row("ann", false, null)))
                .isEmpty();
    }

    @Test
    void doesNotReadTheEndOfAVersionAsTheBeginningOfAUser() {
        assertThat(read(PgForm.VERSION, PgIdType.TEXT, List.of("a:b:c"), new Row("b:c", false, "a:b")))
                .isEmpty();
        assertThat(read(PgForm.VERSION, PgIdType.TEXT, List.of("a:b:c"), new Row("b:c", false, "a")))
                .containsExactly("a:b:c");
    }

    @Test
    void callsEverythingLiveThatIsNotDeniedAndCouldBe() {
        String good = "00000000-0000-4000-8000-00000000000a";
        String bad = "00000000-0000-4000-8000-00000000000b";
        String capitals = "00000000-0000-4000-8000-00000000000C";
        assertThat(read(
                        PgForm.DENYLIST,
                        PgIdType.UUID,
                        List.of(good, bad, capitals, "a word"),
                        new Row(bad, true, null)))
                .containsExactlyInAnyOrder(good, bad + " revoked", capitals + " otherwise");
    }
}
