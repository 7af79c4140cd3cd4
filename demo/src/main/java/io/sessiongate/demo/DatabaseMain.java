package io.sessiongate.demo;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * An embedded PostgreSQL by itself, for examples that are no Java programs: runs the SQL files it is given as the
 * application, prints where the database is as lines of {@code NAME=value}, and stops at the end of its standard input.
 */
public final class DatabaseMain {

    private DatabaseMain() {}

    public static void main(String[] files) throws IOException, SQLException {
        try (EmbeddedDatabase database = EmbeddedDatabase.start()) {
            Runtime.getRuntime().addShutdownHook(new Thread(database::close, "database-stop"));
            for (String file : files) {
                run(database, Path.of(file));
            }
            System.out.println("DATABASE_URL=" + database.url(DatabaseRole.APPLICATION));
            System.out.println("GATEWAY_DATABASE_URL=" + database.url(DatabaseRole.GATEWAY));
            System.out.println("OWNER_DATABASE_URL=" + database.url(DatabaseRole.OWNER));
            System.out.flush();
            System.in.transferTo(OutputStream.nullOutputStream());
        }
    }

    /** Runs a file's statements as the application, who owns what they make. */
    public static void run(EmbeddedDatabase database, Path file) throws IOException, SQLException {
        try (Connection connection = database.connect(DatabaseRole.APPLICATION);
                Statement statement = connection.createStatement()) {
            statement.execute(Files.readString(file));
        }
    }
}
