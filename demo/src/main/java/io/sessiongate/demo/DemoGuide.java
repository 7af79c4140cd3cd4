package io.sessiongate.demo;

import java.nio.file.Path;
import java.util.stream.Collectors;

/** What the demonstration prints once it runs. */
final class DemoGuide {

    private DemoGuide() {}

    static String behindTheGateway(
            DemoSettings settings, String site, Path file, DemoData.Login administrator, DemoData.Login member) {
        long seconds = Math.max(1, settings.revalidateAfter().toSeconds());
        String admin = "http://127.0.0.1:" + settings.adminPort() + "/";
        String metrics = admin + "metrics";
        return """

                Open this address:  %1$s/
                Sign in as          %2$s
                                    (password: %3$s)

                The gateway validates each login in front of the dashboard, which asks the database about none.
                Watch it work       %12$s
                Metrics             %4$s
                                    watch %5$s and %6$s
                Configuration       %7$s

                From a shell:

                ADA=%8$s
                GRACE=%9$s

                # 200: a live session
                curl -i -H "Authorization: Bearer $GRACE" %1$s/api/dashboard-stats
                # 401: no token; and the headers by which the dashboard knows people are the gateway's alone
                curl -i %1$s/api/dashboard-stats
                curl -i -H 'X-Auth-Subject: ada' -H 'X_Auth_Roles: admin' %1$s/api/dashboard-stats
                # 403: Grace is no administrator; 200: Ada is
                curl -i -H "Authorization: Bearer $GRACE" %1$s/api/admin/dashboard-stats
                curl -i -H "Authorization: Bearer $ADA" %1$s/api/admin/dashboard-stats
                # a stream that is open ends with its session. In this window:
                curl -N -H "Authorization: Bearer $GRACE" %1$s/api/events
                # and in another one Ada revokes Grace's session: 204, and the stream breaks off at once
                curl -i -X POST -H "Authorization: Bearer %8$s" %1$s/api/sessions/%11$s/revoke
                # 401: PostgreSQL told the gateway. Had the message been lost, a check had found out within %10$d s
                # (revalidate-after, 60 s by default)
                curl -i -H "Authorization: Bearer $GRACE" %1$s/api/dashboard-stats
                # what it cost the database
                curl -s %4$s | grep -E '^(%5$s|%6$s)'

                Ctrl-C stops everything and removes its files.
                """.formatted(
                        site,
                        users(),
                        DemoData.PASSWORD,
                        metrics,
                        GatewayMetrics.MADE,
                        GatewayMetrics.SAVED,
                        file,
                        administrator.token(),
                        member.token(),
                        seconds,
                        member.handle(),
                        admin);
    }

    static String alone(DemoSettings settings, String site, DemoData.Login administrator, DemoData.Login member) {
        return """

                Open this address:  %1$s/
                Sign in as          %2$s
                                    (password: %3$s)

                There is no gateway: the dashboard validates each request itself, with a query%7$s through
                its pool of 20 connections. Run the demonstration without --validate=itself to see the difference.

                From a shell:

                ADA=%4$s
                GRACE=%5$s

                # 200, 401, 403
                curl -i -H "Authorization: Bearer $GRACE" %1$s/api/dashboard-stats
                curl -i %1$s/api/dashboard-stats
                curl -i -H "Authorization: Bearer $GRACE" %1$s/api/admin/dashboard-stats
                # 204, and 401 for Grace from then on
                curl -i -X POST -H "Authorization: Bearer $ADA" %1$s/api/sessions/%6$s/revoke
                curl -i -H "Authorization: Bearer $GRACE" %1$s/api/dashboard-stats
                # session queries made: one for each of these requests
                curl -s -H "Authorization: Bearer $ADA" %1$s/api/gateway-stats

                Ctrl-C stops everything and removes its files.
                """.formatted(
                        site,
                        users(),
                        DemoData.PASSWORD,
                        administrator.token(),
                        member.token(),
                        member.handle(),
                        settings.sessionQueryDelay().isZero()
                                ? ""
                                : " of " + settings.sessionQueryDelay().toMillis() + " ms");
    }

    private static String users() {
        return DemoData.USERS.stream()
                .map(user -> user.email() + (user.role().equals("admin") ? " (administrator)" : ""))
                .collect(Collectors.joining(", "));
    }
}
