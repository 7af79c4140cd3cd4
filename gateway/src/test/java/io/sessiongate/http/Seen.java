package io.sessiongate.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a reader made of some octets: the messages in them, and whether it refused what follows. Text is ISO-8859-1.
 *
 * @param refused whether it found something it will not read
 */
public record Seen(List<Message> messages, boolean refused) {

    /**
     * One message.
     *
     * @param start its first line
     * @param fields {@code name: value}, in order
     * @param end where the octets of the next one begin, -1 where this one's end was not seen
     */
    public record Message(String start, List<String> fields, String body, List<String> trailers, int end) {

        public boolean whole() {
            return end >= 0;
        }

        private boolean differsFrom(Message its) {
            return whole()
                    ? !equals(its)
                    : !start.equals(its.start)
                            || !fields.equals(its.fields)
                            || !(body.startsWith(its.body) || its.body.startsWith(body));
        }

        /** The same but for where it ended. */
        Message anywhere() {
            return new Message(start, fields, body, trailers, whole() ? 0 : -1);
        }
    }

    /**
     * Whether the other reader failed to see a message that this one did, octet for octet. It may have seen more; of a
     * message whose end is missing it may have shown more or less of the body.
     */
    public boolean differsFrom(Seen other) {
        for (int i = 0; i < messages.size(); i++) {
            if (i >= other.messages.size() || messages.get(i).differsFrom(other.messages.get(i))) {
                return true;
            }
        }
        return false;
    }

    /** Whether the other one, before it refused the rest, saw nothing that this one did not see. */
    public boolean beginsWith(Seen other) {
        List<Message> whole = other.messages.stream().filter(Message::whole).toList();
        return whole.size() <= messages.size() && !new Seen(whole, true).differsFrom(this);
    }

    /** Fails where the other reader {@link #differsFrom differs}. */
    public void mustBeSeenBy(Seen other, String input) {
        if (differsFrom(other)) {
            throw new AssertionError("read in two ways\ninput: " + quote(input) + "\nours:  " + quote(toString())
                    + "\nother: " + quote(other.toString()));
        }
    }

    /** The same octets, those beyond ASCII replaced by a letter. */
    public static byte[] ascii(byte[] input) {
        byte[] ascii = input.clone();
        for (int i = 0; i < ascii.length; i++) {
            ascii[i] = ascii[i] < 0 ? (byte) 'x' : ascii[i];
        }
        return ascii;
    }

    /** Without a field that Netty takes out of answers that cannot have a body; what it says shows in body and end. */
    public Seen withoutCodings() {
        List<Message> without = new ArrayList<>();
        for (Message message : messages) {
            List<String> fields = new ArrayList<>(message.fields);
            fields.removeIf(field -> field.toLowerCase(Locale.ROOT).startsWith("transfer-encoding:"));
            without.add(new Message(message.start, fields, message.body, message.trailers, message.end));
        }
        return new Seen(without, refused);
    }

    /** Whole messages without the places where they ended. */
    public List<Message> contents() {
        List<Message> contents = new ArrayList<>();
        messages.forEach(message -> contents.add(message.anywhere()));
        return contents;
    }

    /** Makes octets visible that are not. */
    public static String quote(String text) {
        StringBuilder quoted = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\r' -> quoted.append("\\r");
                case '\n' -> quoted.append("\\n");
                case '\\' -> quoted.append("\\\\");
                default -> {
                    if (c >= ' ' && c < 0x7f) {
                        quoted.append(c);
                    } else {
                        quoted.append(String.format("\\x%02x", (int) c));
                    }
                }
            }
        }
        return quoted.toString();
    }
}
