package io.sessiongate.config;

import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.config.SessionConfig.Touch;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads {@code realms.<name>.session}. */
final class SessionSection {

    private final Section section;
    private final boolean opaque;

    private SessionSection(Section section, boolean opaque) {
        this.section = section;
        this.opaque = opaque;
    }

    /**
     * Null, with errors reported, when there is no usable database or lookup.
     *
     * @param opaque whether tokens are nothing but session ids
     */
    static @Nullable SessionConfig read(Section section, boolean opaque) {
        return new SessionSection(section, opaque).read();
    }

    private @Nullable SessionConfig read() {
        @Nullable DatabaseConfig database = section.parsed("database", this::database);
        if (database != null) {
            database.warnings().forEach(warning -> section.warn("database", warning));
        }
        List<DatabaseConfig> replicas = section.parsedList("replicas", this::database);
        replicas.forEach(replica -> replica.warnings().forEach(warning -> section.warn("replicas", warning)));
        @Nullable Lookup lookup = LookupSection.read(section, opaque);
        CheckConfig check = check(section.section("check"));
        Duration maxLag = section.duration("max-lag");
        if (!replicas.isEmpty() && maxLag.multipliedBy(2).compareTo(check.revalidateAfter()) > 0) {
            section.error(
                    "max-lag",
                    (section.has("max-lag") ? section.shown("max-lag") : "the default of " + Quantities.text(maxLag))
                            + " is too long; expected at most half of check.revalidate-after");
        }
        RevocationConfig revocations = revocations(section.section("revocations"), check);
        @Nullable Touch touch = section.has("touch") ? touch(section.section("touch")) : null;
        boolean closeAtExpiry = section.flag("close-at-expiry");
        if (opaque && section.has("close-at-expiry")) {
            section.error("close-at-expiry", "an opaque token has no expiry: what is open ends with the session's row");
        }
        @Nullable RenewConfig renew = section.has("renew") ? renew(section.section("renew"), lookup) : null;
        @Nullable UnknownConfig unknown = unknown(section.section("unknown"));
        Duration queryTimeout = section.duration("query-timeout");
        int maxWaiting = section.number("max-waiting");
        int cacheSize = section.number("cache-size");
        return database == null || lookup == null
                ? null
                : new SessionConfig(
                        database,
                        replicas,
                        maxLag,
                        lookup,
                        check,
                        revocations,
                        touch,
                        closeAtExpiry,
                        queryTimeout,
                        maxWaiting,
                        cacheSize,
                        unknown,
                        renew);
    }

    private @Nullable RenewConfig renew(Section renew, @Nullable Lookup lookup) {
        if (!opaque) {
            section.error("renew", "only with opaque tokens: others are renewed by who signs them");
        } else if (lookup instanceof Lookup.Query) {
            section.error("renew", "only with a table; with a query there is nothing to write to");
        } else if (lookup instanceof Lookup.Table table && table.expires() == null) {
            section.error("renew", "columns.expires is missing, which would be written");
        }
        Duration maxAge = renew.duration("max-age");
        Duration updateAge = renew.duration("update-age");
        if (updateAge.compareTo(maxAge) >= 0 && renew.usable("max-age") && renew.usable("update-age")) {
            renew.error("update-age", "not shorter than max-age: every session would end before it is renewed");
        }
        String sameSite = renew.text("same-site");
        boolean secure = renew.flag("secure");
        if (sameSite.equals("none") && !secure) {
            renew.error("same-site", "browsers take none only from https; expected `secure: true` beside it");
        }
        return new RenewConfig(
                maxAge,
                updateAge,
                renew.optionalText("domain"),
                sameSite.isEmpty() ? "Lax" : sameSite.substring(0, 1).toUpperCase(Locale.ROOT) + sameSite.substring(1),
                secure);
    }

    private @Nullable UnknownConfig unknown(Section unknown) {
        if (opaque) {
            return new UnknownConfig(
                    unknown.duration("remember-for"),
                    unknown.number("remembered"),
                    unknown.number("burst"),
                    unknown.number("per-second"));
        }
        if (section.has("unknown")) {
            section.error("unknown", "only with opaque tokens; no stranger can make one that has to be verified");
        }
        return null;
    }

    private DatabaseConfig database(String url) {
        DatabaseUrl.Result result = DatabaseUrl.parse(url, section.source().directory());
        if (result instanceof DatabaseUrl.Bad bad) {
            throw new IllegalArgumentException(bad.why());
        }
        return ((DatabaseUrl.Ok) result).config();
    }

    private RevocationConfig revocations(Section revocations, CheckConfig check) {
        @Nullable String channel = revocations.optionalText("channel");
        @Nullable DatabaseConfig listenOn = revocations.parsed("listen-on", this::database);
        if (listenOn != null) {
            listenOn.warnings().forEach(warning -> revocations.warn("listen-on", warning));
            if (!revocations.has("channel")) {
                revocations.error("listen-on", "without a channel nobody listens; expected `channel` beside it");
            }
        }
        if (!revocations.has("channel")
                && !check.revalidateAfterWhileListening().isZero()) {
            section.section("check")
                    .error("revalidate-after-while-listening", "nobody listens; expected revocations.channel");
        }
        @Nullable String header = revocations.optionalText("header");
        return new RevocationConfig(
                channel,
                listenOn,
                header == null || header.equals("none") ? null : revocations.parsed("header", FieldNames::writable));
    }

    private static @Nullable Touch touch(Section touch) {
        @Nullable String column = touch.parsed("column", SqlName::column);
        Duration every = touch.duration("every");
        return column == null ? null : new Touch(column, every);
    }

    private CheckConfig check(Section check) {
        var config = new CheckConfig(
                check.duration("revalidate-after"),
                check.duration("revalidate-after-while-listening"),
                check.duration("expiring-within"),
                check.duration("revalidate-expiring-after"),
                check.duration("refresh-ahead"),
                check.duration("serve-stale-for"));
        if (check.usable("revalidate-after")) {
            if (config.refreshAhead().compareTo(config.revalidateAfter()) >= 0) {
                tooLong(check, "refresh-ahead", config.refreshAhead(), "shorter than", config.revalidateAfter());
            }
            if (config.revalidateExpiringAfter().compareTo(config.revalidateAfter()) > 0) {
                tooLong(
                        check,
                        "revalidate-expiring-after",
                        config.revalidateExpiringAfter(),
                        "at most",
                        config.revalidateAfter());
            }
            Duration listening = config.revalidateAfterWhileListening();
            if (!listening.isZero() && listening.compareTo(config.revalidateAfter()) < 0) {
                check.error(
                        "revalidate-after-while-listening",
                        check.shown("revalidate-after-while-listening")
                                + " is too short; expected 0s or at least revalidate-after");
            }
        }
        return config;
    }

    private static void tooLong(Section check, String key, Duration value, String bound, Duration limit) {
        String shown = check.has(key) ? check.shown(key) : "the default of " + Quantities.text(value);
        String shownLimit = check.has("revalidate-after")
                ? check.shown("revalidate-after")
                : "its default of " + Quantities.text(limit);
        check.error(key, shown + " is too long; expected " + bound + " revalidate-after, " + shownLimit);
    }
}
