package io.sessiongate.app.doctor;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What to do about what PostgreSQL or the network says. */
final class Remedies {

    /** By the code at the end of PostgreSQL's message (PostgreSQL documentation, appendix A). */
    private static final Map<String, String> BY_CODE = Map.ofEntries(
            Map.entry("28P01", "the password, or the role's name, in the URL is not the server's"),
            Map.entry("28000", "let this role in from this host in pg_hba.conf, with TLS if the server wants it"),
            Map.entry("3D000", "the database after the last / of the URL does not exist there"),
            Map.entry("53300", "all connections are taken: raise max_connections or lower the pools of others"),
            Map.entry("57P03", "the server starts or stops: try again"),
            Map.entry("42501", "grant the gateway's role SELECT on the tables, and USAGE on their schema"),
            Map.entry(
                    "42P01",
                    "table (or users.table) does not exist as spelled, capitals included, in the URL's schema"),
            Map.entry("42703", "a column under columns (or attributes, users) does not exist as spelled"),
            Map.entry("57014", "slow or locked: look at pg_stat_activity and pg_locks"),
            Map.entry("08P01", "a pooler refuses what is sent at the start: say pgbouncer=true in the URL"));

    /** By what else is said; the first that fits. */
    private static final List<Map.Entry<String, String>> BY_WORDS = List.of(
            Map.entry("refused", "nothing listens there: host and port in the URL, listen_addresses of the server"),
            Map.entry("no tls", "the URL wants TLS (sslmode=require) and the server has none (ssl = off)"),
            Map.entry(
                    "certificat", "name the server's authority with sslrootcert, or the host as the certificate does"),
            Map.entry("resolve", "the host in the URL has no address here"),
            Map.entry("unknownhost", "the host in the URL has no address here"),
            Map.entry("unreachable", "no way to that host: routing, security group"),
            Map.entry("within", "nothing answers there: host and port in the URL, a firewall, or a server that hangs"));

    private Remedies() {}

    static @Nullable String of(DatabaseView.Refused refused) {
        String said = String.valueOf(refused.getMessage());
        for (Map.Entry<String, String> code : BY_CODE.entrySet()) {
            if (code.getKey().equals(refused.sqlState()) || said.contains("(" + code.getKey() + ")")) {
                return code.getValue();
            }
        }
        String lower = said.toLowerCase(Locale.ROOT);
        return BY_WORDS.stream()
                .filter(words -> lower.contains(words.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }
}
