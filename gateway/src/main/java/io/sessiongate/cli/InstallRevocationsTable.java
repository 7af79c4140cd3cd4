package io.sessiongate.cli;

import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.config.SqlName;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options that name the table behind a query. */
final class InstallRevocationsTable {

    @Option(names = "--table", paramLabel = "TABLE", required = true, description = "Table of sessions.")
    private String name = "";

    @Option(names = "--id", paramLabel = "COLUMN", required = true, description = "The session's id.")
    private String id = "";

    @Option(names = "--subject", paramLabel = "COLUMN", description = "Whose it is.")
    private @Nullable String subject;

    @Option(names = "--expires", paramLabel = "COLUMN", description = "When it is over.")
    private @Nullable String expires;

    @Option(names = "--revoked", paramLabel = "COLUMN", description = "Set or true once it is revoked.")
    private @Nullable String revoked;

    /** The table; a name that is none ends the command. */
    Lookup.Table lookup(CommandLine command) {
        try {
            return new Lookup.Table(
                    SqlName.table(name), SqlName.column(id), column(subject), column(expires), column(revoked));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command, "A name is not right: " + e.getMessage(), e);
        }
    }

    private static @Nullable String column(@Nullable String name) {
        return name == null ? null : SqlName.column(name);
    }
}
