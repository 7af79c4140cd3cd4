package io.sessiongate.app.doctor;

import io.sessiongate.config.PemFile;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * Whether certificates are valid, now and for a while.
 *
 * @param now when that is
 */
record CertificateDates(Instant now) {

    /** Where a certificate that renews itself (Let's Encrypt: 30 days before its end) should have done so by. */
    private static final Duration SOON = Duration.ofDays(30);

    private static final String WITHOUT_RESTART = "the gateway reads new files within 2 s, without a restart";

    /**
     * Of a certificate and those that it was issued by.
     *
     * @param refuser who refuses one that is not valid
     */
    Seen ofChain(List<X509Certificate> chain, String refuser) {
        X509Certificate own = chain.get(0);
        if (begin(own).isAfter(now)) {
            return Seen.fail(
                    "not valid before " + begin(own), "the clock of this machine, or the one where it was issued");
        }
        Instant first = end(own);
        for (X509Certificate each : chain) {
            String whose = each.equals(own) ? "" : "that of its issuer " + name(each) + " ";
            if (!end(each).isAfter(now)) {
                return Seen.fail(
                        whose + ended(each) + ": " + refuser + " refuse it",
                        "renew it and replace the files; " + WITHOUT_RESTART);
            }
            if (soon(each)) {
                return Seen.warn(whose + ending(each), "see why its renewal has not happened; " + WITHOUT_RESTART);
            }
            first = end(each).isBefore(first) ? end(each) : first;
        }
        return Seen.ok("valid until " + first + ", for " + days(now, first));
    }

    /** Of those who may issue the certificates of others: what one that is over has issued is refused. Old ones may stand beside new ones. */
    Seen ofAuthorities(Path file) {
        List<X509Certificate> all;
        try {
            all = PemFile.certificates(file);
        } catch (IllegalArgumentException e) {
            return Seen.fail(String.valueOf(e.getMessage()), "the file that ca names");
        }
        List<X509Certificate> valid = all.stream()
                .filter(each -> end(each).isAfter(now) && !begin(each).isAfter(now))
                .toList();
        if (valid.isEmpty()) {
            X509Certificate first = all.get(0);
            String why = end(first).isAfter(now) ? "is not valid before " + begin(first) : ended(first);
            return Seen.fail(
                    name(first) + " " + why + ": what it issued is refused",
                    "the authority's new certificate in its place; " + WITHOUT_RESTART);
        }
        for (X509Certificate each : valid) {
            if (soon(each)) {
                return Seen.warn(
                        name(each) + " " + ending(each) + "; what it issued is refused then",
                        "the authority's new certificate beside it; " + WITHOUT_RESTART);
            }
        }
        String which = valid.size() == 1 ? name(valid.get(0)) : valid.size() + " authorities";
        return Seen.ok(which + (valid.size() == all.size() ? ", valid" : ", and some that are not valid now"));
    }

    private boolean soon(X509Certificate certificate) {
        return Duration.between(now, end(certificate)).compareTo(SOON) < 0;
    }

    private String ended(X509Certificate certificate) {
        return "expired " + days(end(certificate), now) + " ago, at " + end(certificate);
    }

    private String ending(X509Certificate certificate) {
        return "expires in " + days(now, end(certificate)) + ", at " + end(certificate);
    }

    private static Instant begin(X509Certificate certificate) {
        return certificate.getNotBefore().toInstant();
    }

    private static Instant end(X509Certificate certificate) {
        return certificate.getNotAfter().toInstant();
    }

    private static String days(Instant from, Instant to) {
        long days = ChronoUnit.DAYS.between(from, to);
        return days == 1 ? "1 day" : days + " days";
    }

    private static String name(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().getName();
    }
}
