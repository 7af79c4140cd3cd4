package io.sessiongate.benchmarks.load;

import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the end of one HTTP/1.1 answer after the other in the bytes of a connection: status, framing, and of a refusal
 * the reason it gives. Confined to the thread of its connection.
 */
final class AnswerReader {

    private enum State {
        HEAD,
        COUNTED,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILER,
        UNTIL_CLOSE
    }

    private static final int REASON_BYTES = 512;

    /** Prisma's error code as the demo application gives it, or the slug at the end of a problem's type. */
    private static final Pattern REASON = Pattern.compile("\"code\":\\s*\"(\\w+)\"|\"type\":\\s*\"[^\"]*?([\\w-]+)\"");

    private final StringBuilder reason = new StringBuilder();
    private final StringBuilder line = new StringBuilder(128);
    private State state = State.HEAD;
    private int status;
    private boolean closing;
    private boolean chunked;
    private long remaining;
    private boolean counted;

    /** Status of the answer read last, or of the one being read. */
    int status() {
        return status;
    }

    /** The status, and of an error what its body says of the reason: {@code 200}, {@code 500 P2024}. */
    String outcome() {
        if (status < 400) {
            return String.valueOf(status);
        }
        Matcher matcher = REASON.matcher(reason);
        if (!matcher.find()) {
            return String.valueOf(status);
        }
        return status + " " + (matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
    }

    /** Whether the server will close the connection after this answer. */
    boolean closing() {
        return closing;
    }

    /** Takes bytes; true once an answer is complete, then what is left belongs to the next. */
    boolean read(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            switch (state) {
                case COUNTED, CHUNK -> {
                    int taken = (int) Math.min(remaining, bytes.remaining());
                    keepReason(bytes, taken);
                    bytes.position(bytes.position() + taken);
                    remaining -= taken;
                    if (remaining == 0) {
                        if (state == State.COUNTED) {
                            return complete();
                        }
                        state = State.CHUNK_END;
                    }
                }
                case UNTIL_CLOSE -> bytes.position(bytes.limit());
                default -> {
                    if (endOfLine(bytes) && line(take())) {
                        return complete();
                    }
                }
            }
        }
        return false;
    }

    /** The connection ended; true if that completes the answer. */
    boolean closed() {
        return state == State.UNTIL_CLOSE && complete();
    }

    private void keepReason(ByteBuffer bytes, int count) {
        if (status >= 400) {
            for (int i = 0; i < count && reason.length() < REASON_BYTES; i++) {
                reason.append((char) (bytes.get(bytes.position() + i) & 0xff));
            }
        }
    }

    private boolean complete() {
        state = State.HEAD;
        return true;
    }

    private boolean endOfLine(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            byte b = bytes.get();
            if (b == '\n') {
                return true;
            }
            if (b != '\r') {
                line.append((char) (b & 0xff));
            }
        }
        return false;
    }

    private String take() {
        String taken = line.toString();
        line.setLength(0);
        return taken;
    }

    /** True if the line ends the answer. */
    private boolean line(String text) {
        switch (state) {
            case CHUNK_SIZE -> {
                int semicolon = text.indexOf(';');
                remaining = Long.parseLong((semicolon < 0 ? text : text.substring(0, semicolon)).strip(), 16);
                state = remaining == 0 ? State.TRAILER : State.CHUNK;
            }
            case CHUNK_END -> state = State.CHUNK_SIZE;
            case TRAILER -> {
                return text.isEmpty();
            }
            default -> {
                return text.isEmpty() ? endOfHead() : headLine(text);
            }
        }
        return false;
    }

    private boolean headLine(String text) {
        if (text.startsWith("HTTP/1.")) {
            status = Integer.parseInt(text, 9, 12, 10);
            closing = text.startsWith("HTTP/1.0");
            chunked = false;
            counted = false;
            reason.setLength(0);
            return false;
        }
        int colon = text.indexOf(':');
        String name = text.substring(0, Math.max(colon, 0)).toLowerCase(Locale.ROOT);
        String value = text.substring(colon + 1).strip();
        switch (name) {
            case "content-length" -> {
                remaining = Long.parseLong(value);
                counted = true;
            }
            case "transfer-encoding" -> chunked = value.toLowerCase(Locale.ROOT).contains("chunked");
            case "connection" -> closing |= value.equalsIgnoreCase("close");
            default -> {}
        }
        return false;
    }

    private boolean endOfHead() {
        if (status < 200) {
            state = State.HEAD;
            return false;
        }
        if (status == 204 || status == 304 || (counted && remaining == 0 && !chunked)) {
            return true;
        }
        if (chunked) {
            state = State.CHUNK_SIZE;
        } else if (counted) {
            state = State.COUNTED;
        } else {
            state = State.UNTIL_CLOSE;
            closing = true;
        }
        return false;
    }

    /** Forgets what was read of an answer that will not be completed. */
    void reset() {
        line.setLength(0);
        state = State.HEAD;
        status = 0;
    }
}
