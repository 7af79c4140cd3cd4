package io.sessiongate.config;

import io.sessiongate.config.DatabaseConfig.Tls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a database URL: Prisma's documented ones are mapped or named in a warning, all others are named in a
 * warning. Confined to one parse.
 */
final class DatabaseUrlParameters {

    private static final int DEFAULT_CONNECTIONS = 4;
    private static final int MAX_CONNECTIONS = 100;
    private static final int MAX_WAIT_SECONDS = 60;

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");
    private static final Pattern OPTION =
            Pattern.compile("\\s*(?:-c\\s*|--)([A-Za-z_][A-Za-z0-9_.]*)=((?:\\\\.|[^\\s\\\\])*)(?=\\s|$)");
    private static final Pattern SHOWN_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,40}");

    private final Path directory;
    private final List<String> warnings = new ArrayList<>();

    private int connectionLimit = DEFAULT_CONNECTIONS;
    private Duration poolTimeout = Duration.ofSeconds(10);
    private Duration connectTimeout = Duration.ofSeconds(5);
    private @Nullable String host;
    private @Nullable String schema = "public";
    private boolean pgbouncer;
    private String applicationName = "sessiongate";
    private final Map<String, String> serverOptions = new LinkedHashMap<>();
    private String sslMode = "prefer";
    private @Nullable String sslAccept;
    private @Nullable String rootCertificate;

    private DatabaseUrlParameters(Path directory) {
        this.directory = directory;
    }

    /** Everything but who and where. */
    interface Settings {
        DatabaseConfig config(String host, int port, String database, String user, Secret password);
    }

    /** Throws {@link IllegalArgumentException} with a sentence that holds no value. */
    static Settings read(Map<String, String> parameters, Path directory) {
        var read = new DatabaseUrlParameters(directory);
        parameters.forEach(read::parameter);
        return read::config;
    }

    private void parameter(String name, String value) {
        switch (name) {
            case "connection_limit" -> connectionLimit = connectionLimit(value);
            case "pool_timeout" -> poolTimeout = wait(name, value);
            case "connect_timeout" -> connectTimeout = wait(name, value);
            case "schema" -> schema = value.isEmpty() ? null : value;
            case "pgbouncer" -> pgbouncer = flag(name, value);
            case "application_name" -> applicationName = value.isEmpty() ? applicationName : printable(name, value);
            case "options" -> options(value);
            case "host" -> host = value.isEmpty() ? null : DatabaseUrl.checkedHost(printable(name, value));
            case "sslmode" -> sslMode = sslMode(value);
            case "sslaccept" -> sslAccept = value;
            case "sslcert", "sslrootcert" -> rootCertificate = certificate(name, value);
            case "sslidentity", "sslpassword", "sslkey" ->
                warnings.add(name + ": client certificates are not supported; the password is used");
            case "channel_binding" -> channelBinding(value);
            case "socket_timeout" ->
                warnings.add("socket_timeout has no effect here: session.query-timeout ends a query");
            case "statement_cache_size" ->
                warnings.add("statement_cache_size has no effect here: statements are not cached");
            case "max_idle_connection_lifetime", "max_connection_lifetime" ->
                warnings.add(name + " has no effect here: connections are kept, and replaced when they break");
            default ->
                warnings.add((SHOWN_NAME.matcher(name).matches() ? name : "a parameter")
                        + " is not understood and has no effect");
        }
    }

    private static int number(String name, String value) {
        if (!NUMBER.matcher(value).matches()) {
            throw new IllegalArgumentException(name + " is not a whole number");
        }
        return Integer.parseInt(value);
    }

    private static int connectionLimit(String value) {
        int limit = number("connection_limit", value);
        if (limit < 1 || limit > MAX_CONNECTIONS) {
            throw new IllegalArgumentException("connection_limit must be 1 to " + MAX_CONNECTIONS
                    + "; a few connections carry all session checks");
        }
        return limit;
    }

    /** Zero means no limit to Prisma; here every wait has one. */
    private Duration wait(String name, String value) {
        int seconds = number(name, value);
        if (seconds == 0) {
            warnings.add(name + "=0 would wait without end; it is " + MAX_WAIT_SECONDS + " s here");
        } else if (seconds > MAX_WAIT_SECONDS) {
            warnings.add(name + " is " + MAX_WAIT_SECONDS + " s here, the longest wait there is");
        }
        return Duration.ofSeconds(seconds == 0 ? MAX_WAIT_SECONDS : Math.min(seconds, MAX_WAIT_SECONDS));
    }

    private static boolean flag(String name, String value) {
        if (!value.equals("true") && !value.equals("false")) {
            throw new IllegalArgumentException(name + " must be true or false");
        }
        return value.equals("true");
    }

    private static String printable(String name, String value) {
        if (value.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(name + " holds a control character");
        }
        return value;
    }

    /** {@code -c name=value}, as often as wanted; a backslash takes a space into the value. */
    private void options(String value) {
        Matcher option = OPTION.matcher(value.strip());
        int at = 0;
        while (option.find(at) && option.start() == at) {
            String name = option.group(1);
            if (name.equalsIgnoreCase("statement_timeout")) {
                warnings.add("statement_timeout in options has no effect here: session.query-timeout sets it");
            } else {
                serverOptions.put(name, printable("options", option.group(2).replaceAll("\\\\(.)", "$1")));
            }
            at = option.end();
        }
        if (at < value.strip().length()) {
            throw new IllegalArgumentException(
                    "options cannot be read; expected -c name=value, as often as wanted, with"
                            + " spaces encoded as %20");
        }
    }

    private String sslMode(String value) {
        switch (value) {
            case "disable", "prefer", "require", "verify-full", "no-verify" -> {}
            case "allow" -> warnings.add("sslmode=allow is treated as prefer");
            case "verify-ca" ->
                warnings.add("sslmode=verify-ca is treated as verify-full: the host name is verified too");
            default ->
                throw new IllegalArgumentException(
                        "sslmode is not known; expected disable, prefer, require or verify-full");
        }
        return value;
    }

    private String certificate(String name, String value) {
        try {
            Path path = TextFile.resolve(directory, value);
            if (!value.isEmpty() && Files.isRegularFile(path) && Files.isReadable(path)) {
                return path.toString();
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(name + " is not a file name", e);
        }
        throw new IllegalArgumentException(
                name + " names no file that can be read; a relative path starts from the configuration's directory");
    }

    private void channelBinding(String value) {
        switch (value) {
            case "disable", "prefer" -> {}
            case "require" ->
                warnings.add("channel_binding=require cannot be kept: logins are made without channel binding");
            default -> throw new IllegalArgumentException("channel_binding must be disable, prefer or require");
        }
    }

    private Tls tls(String server) {
        Tls.Mode mode = switch (sslMode) {
            case "disable" -> Tls.Mode.DISABLE;
            case "prefer", "allow" -> Tls.Mode.PREFER;
            default -> Tls.Mode.REQUIRE;
        };
        // As Prisma reads it: a value it does not know is strict.
        boolean strict = sslAccept != null && !sslAccept.equals("accept_invalid_certs");
        if (strict && !"strict".equals(sslAccept)) {
            warnings.add("sslaccept is neither strict nor accept_invalid_certs; it is treated as strict");
        }
        boolean verify = strict || sslMode.startsWith("verify-");
        if (mode != Tls.Mode.DISABLE && !verify && !isLocal(server)) {
            warnings.add("the server's certificate is not verified, so its identity is not sure; add sslaccept=strict,"
                    + " and sslcert=<file> for an authority of your own");
        }
        if (rootCertificate != null && (mode == Tls.Mode.DISABLE || !verify)) {
            warnings.add("the certificate in sslcert or sslrootcert has no effect without sslaccept=strict and TLS");
        }
        if (mode == Tls.Mode.PREFER && verify) {
            warnings.add("sslaccept=strict with sslmode=prefer still connects without TLS to a server that has none;"
                    + " add sslmode=require");
        }
        return new Tls(mode, verify, rootCertificate);
    }

    private static boolean isLocal(String host) {
        return host.startsWith("/") || host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
    }

    private DatabaseConfig config(String urlHost, int port, String database, String user, Secret password) {
        String server = host == null ? urlHost : host;
        return new DatabaseConfig(
                server,
                port,
                database,
                user,
                password,
                tls(server),
                connectionLimit,
                poolTimeout,
                connectTimeout,
                schema,
                pgbouncer,
                applicationName,
                serverOptions,
                warnings);
    }
}
