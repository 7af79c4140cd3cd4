package io.sessiongate.flow;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Locale;

/**
 * Dates of cookies as browsers read them (RFC 6265 section 5.1.1): a time, a day, a month and a year in any order, among
 * whatever else there is. Stateless.
 */
final class CookieDate {

    /** In place of a date: there is none. */
    static final long NONE = Long.MIN_VALUE;

    private static final String MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec";

    private int day = -1;
    private int month = -1;
    private int year = -1;
    private int secondOfDay = -1;

    private CookieDate() {}

    /** Seconds since the epoch of the date in this part of the line, or {@link #NONE}. */
    static long epochSeconds(String line, int from, int to) {
        CookieDate date = new CookieDate();
        int at = from;
        while (at < to) {
            while (at < to && isDelimiter(line.charAt(at))) {
                at++;
            }
            int start = at;
            while (at < to && !isDelimiter(line.charAt(at))) {
                at++;
            }
            if (at > start) {
                date.take(line.substring(start, at));
            }
        }
        return date.epochSeconds();
    }

    /** The first token that can be a part is that part; the order of the attempts is the standard's. */
    private void take(String token) {
        if (secondOfDay < 0 && takesTime(token)) {
            return;
        }
        int digits = digits(token, 0);
        if (day < 0 && digits >= 1 && digits <= 2) {
            day = number(token, 0, digits);
        } else if (month < 0 && takesMonth(token)) {
            return;
        } else if (year < 0 && digits >= 2 && digits <= 4) {
            int written = number(token, 0, digits);
            year = written >= 100 ? written : written >= 70 ? 1900 + written : 2000 + written;
        }
    }

    /** {@code h:m:s}, one or two digits each. */
    private boolean takesTime(String token) {
        int at = 0;
        int seconds = 0;
        for (int field = 0; field < 3; field++) {
            int digits = digits(token, at);
            boolean separated = field == 2 || (at + digits < token.length() && token.charAt(at + digits) == ':');
            if (digits < 1 || digits > 2 || !separated) {
                return false;
            }
            int value = number(token, at, digits);
            if (value > (field == 0 ? 23 : 59)) {
                return false;
            }
            seconds = seconds * 60 + value;
            at += digits + 1;
        }
        secondOfDay = seconds;
        return true;
    }

    private boolean takesMonth(String token) {
        if (token.length() < 3) {
            return false;
        }
        int at = MONTHS.indexOf(token.substring(0, 3).toLowerCase(Locale.ROOT));
        if (at < 0 || at % 3 != 0) {
            return false;
        }
        month = at / 3 + 1;
        return true;
    }

    private long epochSeconds() {
        if (day < 1 || month < 1 || year < 1601 || secondOfDay < 0) {
            return NONE;
        }
        try {
            return LocalDateTime.of(year, month, day, 0, 0).toEpochSecond(ZoneOffset.UTC) + secondOfDay;
        } catch (java.time.DateTimeException e) {
            return NONE; // the 31st of February
        }
    }

    private static int digits(String token, int from) {
        int at = from;
        while (at < token.length() && token.charAt(at) >= '0' && token.charAt(at) <= '9') {
            at++;
        }
        return at - from;
    }

    private static int number(String token, int from, int digits) {
        int value = 0;
        for (int i = from; i < from + digits; i++) {
            value = value * 10 + token.charAt(i) - '0';
        }
        return value;
    }

    /** Section 5.1.1, {@code delimiter}: all but letters, digits, the colon, and what is not ASCII. */
    private static boolean isDelimiter(char c) {
        return c == '\t'
                || (c >= 0x20 && c <= 0x2f)
                || (c >= 0x3b && c <= 0x40)
                || (c >= 0x5b && c <= 0x60)
                || (c >= 0x7b && c <= 0x7e);
    }
}
