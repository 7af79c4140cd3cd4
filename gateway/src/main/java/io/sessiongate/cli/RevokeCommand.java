package io.sessiongate.cli;

import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.SecretBytes;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Asks a running gateway to end sessions. Ids are shown nowhere. */
@Command(
        name = "revoke",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "End sessions, or all sessions of users, on a running gateway: the next request is refused.",
            "Address and secret of its admin port are those of the configuration file.",
            "",
            "Examples:",
            "  sessiongate revoke -c sessiongate.yaml --session 0b8f7a1e-3f0e-4c52-9d6a-2f6f8f1f4f11",
            "  psql -Atc \"select id from users where banned\" app | sessiongate revoke --subject --ids-from -",
            "",
            "It ends what the gateway remembers. The application's own record is not touched: end it there too,",
            "or a gateway that is restarted lets the session in again.",
            ""
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:revoked",
            "1:the gateway could not be reached, or refused",
            "2:wrong command line",
            "3:the configuration is not valid"
        })
final class RevokeCommand implements Callable<Integer> {

    @Mixin
    private ConfigOption config;

    @Option(
            names = "--realm",
            paramLabel = "REALM",
            description = "Whose sessions; may be left out where there is one realm.")
    private @Nullable String realm;

    @Option(
            names = "--admin",
            paramLabel = "URL",
            description = "The admin port, as http://host:port (default: admin.address of the file).")
    private @Nullable String admin;

    @Option(
            names = "--session",
            arity = "0..*",
            paramLabel = "ID",
            description = "Sessions, by the id in their tokens.")
    private @Nullable List<String> sessions;

    @Option(
            names = "--subject",
            arity = "0..*",
            paramLabel = "ID",
            description = "Users, by the subject in their tokens.")
    private @Nullable List<String> subjects;

    @Option(
            names = "--ids-from",
            paramLabel = "FILE",
            description = {
                "Read further ids from a file, or from standard input (-), one a line, so that",
                "they do not show in the list of processes."
            })
    private @Nullable String idsFrom;

    @Spec
    private CommandSpec spec;

    private final InputStream in;

    RevokeCommand() {
        this(System.in);
    }

    RevokeCommand(InputStream in) {
        this.in = in;
    }

    @Override
    public Integer call() throws InterruptedException {
        if ((sessions == null) == (subjects == null)) {
            throw wrong("one of --session and --subject is wanted");
        }
        List<String> ids = ids(sessions == null ? subjects : sessions);
        @Nullable URI address = admin == null ? null : address(admin);
        @Nullable GatewayConfig loaded = config.load(spec.commandLine().getErr());
        if (loaded == null) {
            return ExitCode.CONFIGURATION;
        }
        String name = realm(loaded);
        @Nullable SecretBytes secret = loaded.admin().secret();
        if (secret == null) {
            throw new IllegalStateException(
                    config.file() + " has no admin.secret: set one, for the gateway as well, and nothing else revokes");
        }
        var client =
                new RevocationClient(address == null ? address(loaded.admin().address()) : address, secret, name);
        int revoked = client.revoke(sessions == null ? "subjects" : "sessions", ids);
        spec.commandLine()
                .getOut()
                .println("revoked " + revoked
                        + (sessions == null
                                ? (revoked == 1 ? " subject" : " subjects")
                                : (revoked == 1 ? " session" : " sessions")));
        spec.commandLine().getOut().flush();
        return ExitCode.OK;
    }

    private List<String> ids(@Nullable List<String> given) {
        List<String> ids = given == null ? new ArrayList<>() : new ArrayList<>(given);
        if (idsFrom != null) {
            ids.addAll(IdLines.read(idsFrom, in));
        }
        ids.replaceAll(String::strip);
        ids.removeIf(String::isEmpty);
        if (ids.isEmpty()) {
            throw wrong("no ids; name them behind the option, or with --ids-from");
        }
        return ids;
    }

    private String realm(GatewayConfig loaded) {
        var names = new TreeSet<>(loaded.realms().keySet());
        if (realm == null && names.size() == 1) {
            return names.first();
        }
        if (realm == null || !names.contains(realm)) {
            throw wrong((realm == null ? "--realm is wanted" : "--realm: there is no such realm")
                    + (names.isEmpty() ? "; the file has none" : "; expected one of " + String.join(", ", names)));
        }
        return realm;
    }

    private URI address(String text) {
        try {
            URI uri = new URI(text);
            boolean bare = (uri.getRawPath().isEmpty() || uri.getRawPath().equals("/"))
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null
                    && uri.getRawUserInfo() == null;
            if ("http".equals(uri.getScheme()) && uri.getHost() != null && uri.getPort() > 0 && bare) {
                return uri.resolve("/");
            }
        } catch (URISyntaxException e) {
            // Said below; its own message would repeat the text.
        }
        throw wrong("--admin: expected http://host:port");
    }

    private URI address(InetSocketAddress configured) {
        if (configured.getPort() == 0) {
            throw wrong("admin.address has no fixed port; expected --admin http://host:port");
        }
        InetAddress host = configured.getAddress();
        String name = host == null || host.isAnyLocalAddress()
                ? (host instanceof java.net.Inet6Address ? "[::1]" : "127.0.0.1")
                : host instanceof java.net.Inet6Address ? "[" + host.getHostAddress() + "]" : host.getHostAddress();
        return URI.create("http://" + name + ":" + configured.getPort() + "/");
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
