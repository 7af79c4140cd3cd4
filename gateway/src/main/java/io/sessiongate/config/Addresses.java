package io.sessiongate.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Addresses to listen on and to connect to, as they are written in a configuration. */
final class Addresses {

    private static final Pattern HOST_PORT = Pattern.compile("(?:\\[([^\\]]*)]|([^:\\[\\]/]*)):([0-9]{1,5})");
    private static final Pattern SERVER = Pattern.compile("(\\[[^\\]]*]|[^:\\[\\]/?#]+)(?::([0-9]{1,5}))?");
    private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?\\.?");

    /** Of the 108 bytes on Linux and 104 elsewhere one ends the text. */
    private static final int LONGEST_SOCKET_PATH = 103;

    private Addresses() {}

    /** {@code host:port}, where the host is an IP address, {@code localhost}, or absent for all addresses. */
    static InetSocketAddress listen(String text) {
        Matcher form = HOST_PORT.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "expected an address and a port, such as 127.0.0.1:8080, :8080 or \"[::1]:8080\"");
        }
        int port = port(form.group(3), 0);
        String host = form.group(1) != null ? form.group(1) : form.group(2);
        if (host.isEmpty() && form.group(1) == null) {
            return new InetSocketAddress(port);
        }
        if (host.equals("localhost")) {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        }
        try {
            InetAddress address = IpAddress.parse(host);
            return new InetSocketAddress(address, port);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "expected an IP address before the port, localhost, or nothing for all addresses", e);
        }
    }

    /**
     * {@code http://host:port} or {@code https://host:port}, unresolved, where the port is 80 or 443 if none is given; or {@code
     * unix:/path}.
     */
    static ServerAddress server(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.startsWith("unix:")) {
            return new ServerAddress.Unix(socketPath(text.substring("unix:".length())));
        }
        boolean secure = lower.startsWith("https://");
        if (!secure && !lower.startsWith("http://")) {
            throw new IllegalArgumentException("expected http://host:port, such as http://127.0.0.1:3000,"
                    + " https://host:port, or unix:/run/app.sock");
        }
        return new ServerAddress.Tcp(port(text, secure ? "https://" : "http://", secure ? 443 : 80), secure);
    }

    /** What fits into {@code sockaddr_un} and leads to one file whatever folder the gateway was started in. */
    private static Path socketPath(String path) {
        if (!path.startsWith("/") || path.startsWith("//")) {
            throw new IllegalArgumentException("expected the absolute path of a socket, such as unix:/run/app.sock");
        }
        if (path.endsWith("/") || path.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("not the path of a socket; expected one such as unix:/run/app.sock");
        }
        if (path.getBytes(StandardCharsets.UTF_8).length > LONGEST_SOCKET_PATH) {
            throw new IllegalArgumentException(
                    "the path is too long for a socket; expected at most " + LONGEST_SOCKET_PATH + " bytes");
        }
        return Path.of(path);
    }

    private static InetSocketAddress port(String text, String scheme, int standardPort) {
        String rest = text.substring(scheme.length());
        String authority = rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest;
        if (authority.indexOf('@') >= 0) {
            throw new IllegalArgumentException("a server has no user or password; expected " + scheme + "host:port");
        }
        if (authority.indexOf('/') >= 0 || authority.indexOf('?') >= 0 || authority.indexOf('#') >= 0) {
            throw new IllegalArgumentException(
                    "a server has no path, the request's own is sent on; expected " + scheme + "host:port");
        }
        Matcher form = SERVER.matcher(authority);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "expected " + scheme + "host:port, such as " + scheme + "127.0.0.1:3000");
        }
        return InetSocketAddress.createUnresolved(
                serverHost(form.group(1)), form.group(2) == null ? standardPort : port(form.group(2), 1));
    }

    private static String serverHost(String host) {
        if (host.startsWith("[")) {
            String address = host.substring(1, host.length() - 1);
            IpAddress.parse(address);
            return address;
        }
        if (!HOST_NAME.matcher(host).matches()) {
            throw new IllegalArgumentException("not a host name; expected http://host:port");
        }
        return host.toLowerCase(Locale.ROOT);
    }

    /** A name that may stand in a certificate. */
    static String hostName(String text) {
        if (!HOST_NAME.matcher(text).matches()) {
            throw new IllegalArgumentException("not a host name; expected one such as app.internal");
        }
        return text.toLowerCase(Locale.ROOT);
    }

    static int port(String text, int minimum) {
        int port = Integer.parseInt(text);
        if (port < minimum || port > 65535) {
            throw new IllegalArgumentException("the port must be " + minimum + " to 65535");
        }
        return port;
    }
}
