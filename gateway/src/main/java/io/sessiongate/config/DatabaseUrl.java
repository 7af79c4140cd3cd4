package io.sessiongate.config;

import io.sessiongate.config.DatabaseUrlParameters.Settings;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the URL of a PostgreSQL in Prisma's form, {@code postgresql://user:password@host:port/database?parameters}, as
 * the application has it. No message ever holds a part of the URL: the driver's own parser quotes it whole, password
 * included, so it is not used.
 */
public final class DatabaseUrl {

    private static final String FORM = "expected postgresql://user:password@host:5432/database";
    private static final int MAX_LENGTH = 8192;
    private static final int DEFAULT_PORT = 5432;

    private static final Pattern SCHEME =
            Pattern.compile("postgres(ql)?://(.*)", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern HOST_PORT = Pattern.compile("(?:\\[([^\\]]*)]|([^:\\[\\]]*))(?::([0-9]{0,5}))?");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?\\.?");

    private DatabaseUrl() {}

    /** What came of reading a URL. */
    public sealed interface Result {}

    /** Understood; what has no effect here is named in {@link DatabaseConfig#warnings()}. */
    public record Ok(DatabaseConfig config) implements Result {}

    /**
     * Not usable.
     *
     * @param why a sentence without any part of the URL
     */
    public record Bad(String why) implements Result {}

    /**
     * Reads a URL. Never throws; looks up no names.
     *
     * @param directory what a relative path of a certificate starts from
     */
    public static Result parse(String url, Path directory) {
        try {
            return new Ok(read(url.strip(), directory));
        } catch (IllegalArgumentException e) {
            return new Bad(e.getMessage() == null ? FORM : e.getMessage());
        }
    }

    private static DatabaseConfig read(String url, Path directory) {
        if (url.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("longer than " + MAX_LENGTH + " characters; " + FORM);
        }
        Matcher scheme = SCHEME.matcher(url);
        if (!scheme.matches()) {
            throw new IllegalArgumentException(wrongScheme(url.toLowerCase(Locale.ROOT)));
        }
        String rest = scheme.group(2);
        refuseUnencoded(rest);
        int query = rest.indexOf('?');
        String location = query < 0 ? rest : rest.substring(0, query);
        int slash = location.indexOf('/');
        String authority = slash < 0 ? location : location.substring(0, slash);
        String database = decode(slash < 0 ? "" : location.substring(slash + 1), "the database's name");
        int at = authority.lastIndexOf('@');
        String login = at < 0 ? "" : authority.substring(0, at);
        int colon = login.indexOf(':');
        String user = decode(colon < 0 ? login : login.substring(0, colon), "the user name");
        String password = decode(colon < 0 ? "" : login.substring(colon + 1), "the password");
        if (user.isEmpty()) {
            throw new IllegalArgumentException("no user name; " + FORM);
        }
        Settings settings =
                DatabaseUrlParameters.read(parameters(query < 0 ? "" : rest.substring(query + 1)), directory);
        String hostPort = authority.substring(at + 1);
        return settings.config(
                host(hostPort), port(hostPort), database.isEmpty() ? "postgres" : database, user, new Secret(password));
    }

    private static String wrongScheme(String url) {
        if (url.startsWith("\"") || url.startsWith("'")) {
            return "begins with a quotation mark, which became part of the value (env files of Docker keep them); "
                    + FORM;
        }
        if (url.startsWith("prisma://") || url.startsWith("prisma+postgres://")) {
            return "an address of Prisma's own service (Accelerate or a local prisma dev), not of a PostgreSQL; give the"
                    + " direct one, as in directUrl: " + FORM;
        }
        if (url.startsWith("jdbc:")) {
            return "a JDBC URL; drop jdbc: and put the user and password before the host: " + FORM;
        }
        return url.contains("://") ? "not a PostgreSQL URL; " + FORM : "not a URL; " + FORM;
    }

    /** A special character that is not encoded would silently change where the URL leads, or whose password it is. */
    private static void refuseUnencoded(String rest) {
        int query = rest.indexOf('?');
        String location = query < 0 ? rest : rest.substring(0, query);
        int slash = location.indexOf('/');
        String database = slash < 0 ? "" : location.substring(slash + 1);
        boolean questionMarkInPassword = query >= 0 && location.indexOf('@') < 0 && rest.indexOf('@', query) >= 0;
        if (rest.indexOf('#') >= 0
                || database.indexOf('@') >= 0
                || database.indexOf('/') >= 0
                || questionMarkInPassword) {
            throw new IllegalArgumentException(
                    "special characters in the user name, the password or a parameter must be"
                            + " percent-encoded: / as %2F, # as %23, ? as %3F, @ as %40, % as %25");
        }
    }

    private static String host(String hostPort) {
        Matcher form = hostPort(hostPort);
        if (form.group(1) != null) {
            try {
                IpAddress.parse(form.group(1));
                return form.group(1);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "the address in brackets is not IPv6; expected one such as [::1]", e);
            }
        }
        String host = decode(form.group(2), "the host");
        return host.isEmpty() ? "localhost" : checkedHost(host);
    }

    /** A host name, an address, or the directory of a Unix socket. */
    static String checkedHost(String host) {
        if (host.indexOf(',') >= 0) {
            throw new IllegalArgumentException(
                    "several hosts; expected one: the primary, or an address that leads to it");
        }
        if (host.startsWith("/")) {
            return host;
        }
        if (!HOST.matcher(host).matches()) {
            throw new IllegalArgumentException("the host is not a host name or address; " + FORM);
        }
        return host;
    }

    private static int port(String hostPort) {
        String port = hostPort(hostPort).group(3);
        return port == null || port.isEmpty() ? DEFAULT_PORT : Addresses.port(port, 1);
    }

    private static Matcher hostPort(String hostPort) {
        if (hostPort.indexOf(',') >= 0) {
            checkedHost(",");
        }
        Matcher form = HOST_PORT.matcher(hostPort);
        if (!form.matches()) {
            throw new IllegalArgumentException("the host and port cannot be read; " + FORM);
        }
        return form;
    }

    /** As forms encode them, so that {@code +} is a space; of a parameter given twice the last counts, as with Prisma. */
    private static Map<String, String> parameters(String query) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name =
                    decode((equals < 0 ? pair : pair.substring(0, equals)).replace('+', ' '), "a parameter's name");
            if (!name.isEmpty()) {
                String value = equals < 0 ? "" : pair.substring(equals + 1);
                parameters.put(name, decode(value.replace('+', ' '), "a parameter"));
            }
        }
        return parameters;
    }

    /** Percent-decoding as UTF-8 (RFC 3986 section 2.1), strict; a NUL would end the text on the wire and is refused. */
    private static String decode(String text, String what) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * text.length());
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            if (c != '%') {
                bytes.put(Character.toString(c).getBytes(StandardCharsets.UTF_8));
                i += Character.charCount(c);
                continue;
            }
            int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
            int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
            if (high < 0 || low < 0) {
                throw new IllegalArgumentException(
                        what + " has a % that does not begin an encoded character; write %25 for the character itself");
            }
            bytes.put((byte) (16 * high + low));
            i += 3;
        }
        try {
            String decoded = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(bytes.flip())
                    .toString();
            if (decoded.indexOf(0) < 0) {
                return decoded;
            }
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(what + " is not UTF-8 once decoded", e);
        }
        throw new IllegalArgumentException(what + " holds a NUL character");
    }
}
