package io.sessiongate.http;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/**
 * Makes up messages that are mostly in order, with what readers have stumbled over strewn in, and then bends some octets.
 * The same seed makes the same messages.
 */
public final class WireGrammar {

    private static final List<String> LINE_ENDS = List.of("\n", "\r", "\r\r\n", "\n\r", "\r\n ", "\u0000\r\n", "");
    private static final List<String> ODD = List.of(
            "\r",
            "\n",
            "\r\n",
            "\u0000",
            " ",
            "\t",
            "\u000b",
            "\u000c",
            "\u007f",
            "\u0080",
            "\u00a0",
            "\u00ff",
            ":",
            ";",
            ",",
            "=",
            "\"",
            "\\",
            "#",
            "+",
            "-",
            "0",
            "0x",
            "a",
            "\u0001",
            "\u001f",
            "\u0085",
            "_",
            "/",
            "\r\n\r\n");

    private final Random random;
    private final StringBuilder out = new StringBuilder();

    private WireGrammar(Random random) {
        this.random = random;
    }

    public static byte[] requests(Random random) {
        WireGrammar made = new WireGrammar(random);
        int messages = 1 + random.nextInt(3);
        for (int i = 0; i < messages; i++) {
            made.request();
        }
        return made.bent();
    }

    /** The first octet says which answers are ones to HEAD. */
    public static byte[] responses(Random random) {
        WireGrammar made = new WireGrammar(random);
        int messages = 1 + random.nextInt(3);
        for (int i = 0; i < messages; i++) {
            made.response();
        }
        byte[] octets = made.bent();
        byte[] flagged = new byte[octets.length + 1];
        flagged[0] = (byte) (random.nextInt(3) == 0 ? random.nextInt(256) : 0);
        System.arraycopy(octets, 0, flagged, 1, octets.length);
        return flagged;
    }

    public static byte[] chunked(Random random) {
        WireGrammar made = new WireGrammar(random);
        made.chunks();
        if (random.nextBoolean()) {
            made.request();
        }
        return made.bent();
    }

    private boolean rarely() {
        return random.nextInt(40) == 0;
    }

    private String one(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private void lineEnd() {
        out.append(rarely() ? LINE_ENDS.get(random.nextInt(LINE_ENDS.size())) : "\r\n");
    }

    private void request() {
        if (rarely()) {
            out.append(one("\r\n", "\r\n\r\n", "\n", " ", "\r"));
        }
        String method =
                one("GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "M-SEARCH", "get", "x!#$%&'*+.^_`|~");
        out.append(method).append(rarely() ? one("  ", "\t", "") : " ");
        out.append(one("/", "/a?b=c", "/%20", "*", "http://x/a", "https://y:1?q", "/|{}\"<>\\^`", "//a", "/a b", "a"));
        out.append(rarely() ? one("  ", "\t", "") : " ");
        out.append(
                random.nextInt(12) > 0 ? "HTTP/1.1" : one("HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "http/1.1", "HTTP/01.1"));
        lineEnd();
        fields("Host: x", 12);
        body(method.equals("GET") ? 2 : 7);
    }

    private void response() {
        int interims = rarely() ? random.nextInt(3) : 0;
        for (int i = 0; i < interims; i++) {
            out.append("HTTP/1.1 ").append(one("100 Continue", "103 Early Hints", "102 ", "199 x"));
            lineEnd();
            fields("Link: </a>", 0);
            lineEnd();
        }
        out.append(random.nextInt(12) > 0 ? "HTTP/1.1 " : one("HTTP/1.0 ", "HTTP/1.2 ", "http/1.1 ", "HTTP/1.1  "));
        out.append(one(
                "200 OK", "200 OK", "404 Not Found", "204 No Content", "304 Not Modified", "205 ", "302 caf\u00e9"));
        lineEnd();
        fields("Date: x", 12);
        body(8);
    }

    private void fields(String first, int leftOut) {
        if (leftOut == 0 || random.nextInt(leftOut) > 0) {
            out.append(first);
            lineEnd();
        }
        int fields = random.nextInt(4);
        for (int i = 0; i < fields; i++) {
            out.append(one(
                    "X",
                    "Accept",
                    "connection",
                    "Cookie",
                    "X-A",
                    "Te",
                    "Trailer",
                    "Upgrade",
                    "Expect",
                    "a!#$%&'*+-.^_`|~0"));
            out.append(rarely() ? one(" :", "", "\t:", "\u0000:", ";") : ":");
            out.append(one("", " ", "\t", "  \t "));
            out.append(one(
                    "a",
                    "",
                    "a b",
                    "close",
                    "keep-alive",
                    "caf\u00e9",
                    "trailers",
                    "a, b,c ",
                    "100-continue",
                    "a\u0009b",
                    "x:y",
                    "te, x",
                    "websocket",
                    "\u00a0a\u00a0",
                    "\u0085"));
            out.append(one("", "", " ", "\t "));
            lineEnd();
        }
    }

    private void body(int often) {
        int kind = random.nextInt(10);
        if (kind >= often) {
            lineEnd();
        } else if (kind < 3) {
            String text = "hello, world".substring(random.nextInt(12));
            out.append(one("Content-Length: ", "content-length:", "CONTENT-LENGTH:\t"));
            out.append(rarely() ? one("+", "-", "0x", "", " 5,", "5 ") : one("", "", "0", "00"));
            out.append(rarely() ? 5 : text.length());
            lineEnd();
            if (rarely()) {
                out.append(one(
                        "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: identity\r\n"));
            }
            lineEnd();
            out.append(text);
        } else {
            out.append(one("Transfer-Encoding: ", "transfer-encoding:", "Transfer-Encoding:\t"));
            out.append(
                    rarely()
                            ? one("gzip, chunked", "xchunked", "chunked, chunked", "chunked;a=b")
                            : one("chunked", "Chunked"));
            lineEnd();
            lineEnd();
            chunks();
        }
    }

    private void chunks() {
        int chunks = random.nextInt(4);
        for (int i = 0; i < chunks; i++) {
            int length = random.nextInt(4) == 0 ? random.nextInt(600) : 1 + random.nextInt(20);
            String size = Integer.toHexString(length);
            out.append(one("", "", "0", "000"))
                    .append(random.nextBoolean() ? size : size.toUpperCase(java.util.Locale.ROOT));
            extension();
            lineEnd();
            out.append("x".repeat(rarely() ? length + random.nextInt(3) : length));
            lineEnd();
        }
        out.append(one("0", "0", "00", "0000"));
        extension();
        lineEnd();
        if (random.nextInt(3) == 0) {
            fields("X-Checksum: 1", 4);
        }
        lineEnd();
    }

    private void extension() {
        if (random.nextInt(4) == 0) {
            out.append(one(
                    ";a",
                    ";a=b",
                    ";a=\"b\"",
                    ";a=\"b\\\"c;d\\\\\"",
                    ";a;b=c",
                    ";",
                    ";a=",
                    " ;a",
                    "; a",
                    ";a =b",
                    ";a=\"\r\n\"",
                    ";a=\"\u00e9\"",
                    ";a=\"b",
                    ";\u0000",
                    ";a\n",
                    " "));
        }
    }

    /** The octets, of every second message with up to three of them changed. */
    private byte[] bent() {
        int bends = random.nextBoolean() ? 0 : 1 + random.nextInt(3);
        for (int i = 0; i < bends && out.length() > 0; i++) {
            int at = random.nextInt(out.length());
            String odd = ODD.get(random.nextInt(ODD.size()));
            switch (random.nextInt(6)) {
                case 0 -> out.insert(at, odd);
                case 1 -> out.deleteCharAt(at);
                case 2 -> out.setLength(at);
                case 3 -> {
                    int to = Math.min(out.length(), at + 1 + random.nextInt(30));
                    out.insert(at, out.substring(at, to));
                }
                case 4 -> out.setCharAt(at, (char) random.nextInt(256));
                default -> out.replace(at, at + 1, odd);
            }
        }
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        octets.writeBytes(out.toString().getBytes(StandardCharsets.ISO_8859_1));
        return octets.toByteArray();
    }
}
