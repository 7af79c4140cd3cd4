package io.sessiongate.app.doctor;

import io.sessiongate.app.doctor.DatabaseView.Refused;
import io.sessiongate.config.DatabaseConfig;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The server itself: who it is, how many connections it has to give, what time it is there. */
final class ServerChecks {

    private static final int CLOCK_SAMPLES = 3;
    private static final long MILLIS_APART = 1_000;

    private final DatabaseView view;

    ServerChecks(DatabaseView view) {
        this.view = view;
    }

    /**
     * Who answers.
     *
     * @param writes whether something is written or listened to there, which a standby cannot do
     */
    Seen identity(boolean writes) throws Refused, InterruptedException {
        List<@Nullable String> row = view.row("select current_setting('server_version'), pg_is_in_recovery()::text,"
                + " (select coalesce(max(version), 'no TLS') from pg_stat_ssl where pid = pg_backend_pid() and ssl)");
        String saw = "PostgreSQL " + row.get(0) + " at " + place(view.database()) + ", " + row.get(2);
        if (!"true".equals(row.get(1))) {
            return Seen.ok(saw);
        }
        String fix = "name the primary under database, and this one under replicas";
        return writes
                ? Seen.fail(saw + "; a standby, where nothing can be written or listened to", fix)
                : Seen.warn(saw + "; a standby", fix);
    }

    static String place(DatabaseConfig database) {
        return database.host() + ":" + database.port() + "/" + database.database();
    }

    /**
     * Whether all gateways fit, twice, as during a deployment old and new ones run side by side.
     *
     * @param perGateway connections that one gateway opens on this server
     */
    Seen capacity(int perGateway, int gateways) throws Refused, InterruptedException {
        List<@Nullable String> row = view.row("""
                select current_setting('max_connections'),
                  current_setting('superuser_reserved_connections')::int
                    + coalesce(nullif(current_setting('reserved_connections', true), ''), '0')::int,
                  (select datconnlimit from pg_database where datname = current_database()),
                  (select rolconnlimit from pg_roles where rolname = current_user)""");
        int most = number(row.get(0));
        int reserved = number(row.get(1));
        int usable = most - reserved;
        StringBuilder saw = new StringBuilder("max_connections " + most + ", " + reserved + " reserved");
        for (int i = 2; i < 4; i++) {
            int limit = number(row.get(i));
            if (limit >= 0) {
                usable = Math.min(usable, limit);
                saw.append(i == 2 ? ", the database's limit " : ", the role's limit ")
                        .append(limit);
            }
        }
        int once = perGateway * gateways;
        saw.append("; ")
                .append(gateways)
                .append(gateways == 1 ? " gateway" : " gateways")
                .append(" × ")
                .append(perGateway);
        saw.append(" = ").append(once).append(", ").append(2 * once).append(" while a deployment runs old and new");
        if (once > usable) {
            return Seen.fail(
                    saw.toString(), "lower connection_limit, or raise max_connections above " + (2 * once + reserved));
        }
        return 2 * once > usable
                ? Seen.warn(
                        saw.toString(),
                        "raise max_connections to at least " + (2 * once + reserved) + ", or lower connection_limit")
                : Seen.ok(saw.toString());
    }

    /** Whether what the gateways may open is free now. */
    Seen use(int perGateway, int gateways) throws Refused, InterruptedException {
        List<@Nullable String> row = view.row("""
                select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                    - coalesce(nullif(current_setting('reserved_connections', true), ''), '0')::int,
                  count(*), count(*) filter (where application_name = $1::text)
                from pg_stat_activity
                where datid is not null and coalesce(backend_type, 'client backend') = 'client backend'""", view.database().applicationName());
        int usable = number(row.get(0));
        int used = number(row.get(1));
        int ours = number(row.get(2));
        String saw =
                used + " in use, " + ours + " of them the gateways' and this command's, " + (usable - used) + " free";
        int wanted = perGateway * gateways - ours;
        if (used >= usable) {
            return Seen.fail(saw, "lower the pools of others, or raise max_connections");
        }
        return usable - used < wanted
                ? Seen.warn(
                        saw + "; the gateways may want " + wanted + " more",
                        "lower the pools of others, or raise max_connections")
                : Seen.ok(saw);
    }

    /** How far apart the clocks are; the best of a few looks, as a slow way there and back blurs it. */
    Seen clock(Duration skew) throws Refused, InterruptedException {
        long best = Long.MAX_VALUE;
        long apart = 0;
        for (int i = 0; i < CLOCK_SAMPLES; i++) {
            long begun = System.currentTimeMillis();
            long there = Long.parseLong(view.value("select (extract(epoch from clock_timestamp()) * 1000)::bigint"));
            long over = System.currentTimeMillis();
            if (over - begun < best) {
                best = over - begun;
                apart = there - (begun + over) / 2;
            }
        }
        long certain = Math.max(0, Math.abs(apart) - (best + 1) / 2);
        String saw = (apart < 0 ? "the database is " + -apart + " ms behind" : "the database is " + apart + " ms ahead")
                + ", give or take " + (best + 1) / 2 + " ms";
        String fix =
                "let both hosts keep time by NTP: tokens are judged by the gateway's clock, sessions by the database's";
        if (certain > Math.max(skew.toMillis(), MILLIS_APART)) {
            return Seen.fail(saw, fix);
        }
        return certain > MILLIS_APART ? Seen.warn(saw, fix) : Seen.ok(saw);
    }

    static int number(@Nullable String text) {
        return text == null ? -1 : Integer.parseInt(text);
    }
}
