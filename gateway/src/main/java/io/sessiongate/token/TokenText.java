package io.sessiongate.token;

import io.sessiongate.http.FieldText;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A token as received: what is looked for in a request and the key of the cache at once. As it is found it lies in the
 * head's memory, so that a hit copies nothing; whoever goes on with it behind the look-up takes it with {@link #kept}.
 *
 * <p>The hash takes the length and the last octets, which belong to the signature and so spread evenly; hashing all
 * of a token costs several times as much as the rest of a look-up. Equality reads every octet of both, whatever
 * differs: the time it takes tells nothing of a remembered token. The cookie is part of it: a token that is good in one may
 * be none in another.
 */
final class TokenText implements Found {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int HASHED_OCTETS = 2 * Long.BYTES;

    /** Odd, with bits all over: those of the golden ratio, and of Stafford's mix. */
    private static final long ONE_FACTOR = 0x9e3779b97f4a7c15L;

    private static final long OTHER_FACTOR = 0xbf58476d1ce4e5b9L;

    private final byte[] octets;
    private final int start;
    private final int length;
    private final boolean borrowed;
    private final @Nullable String cookie;
    private final boolean amongOthers;
    private final int hash;
    private @Nullable String text;

    /** A token of which it does not matter where it was found. */
    TokenText(String text) {
        this(text, null);
    }

    /** A token that only this cookie's key may open; null for one from a header. */
    TokenText(String text, @Nullable String cookie) {
        this.octets = text.getBytes(StandardCharsets.ISO_8859_1);
        this.start = 0;
        this.length = octets.length;
        this.borrowed = false;
        this.cookie = cookie;
        this.amongOthers = false;
        this.hash = hash(octets, 0, length);
        this.text = text;
    }

    /** The same where it stands in a field's value, from {@code from} to before {@code to}. */
    TokenText(FieldText line, int from, int to, @Nullable String cookie) {
        this.octets = line.array();
        this.start = line.offset() + from;
        this.length = to - from;
        this.borrowed = true;
        this.cookie = cookie;
        this.amongOthers = false;
        this.hash = hash(octets, start, length);
    }

    private TokenText(TokenText same, byte[] octets, int start, boolean borrowed, boolean amongOthers) {
        this.octets = octets;
        this.start = start;
        this.length = same.length;
        this.borrowed = borrowed;
        this.cookie = same.cookie;
        this.amongOthers = amongOthers;
        this.hash = same.hash;
        this.text = same.text;
    }

    private static int hash(byte[] octets, int start, int length) {
        long mixed = length;
        int end = start + length;
        if (length >= HASHED_OCTETS) {
            mixed += (long) LONGS.get(octets, end - 2 * Long.BYTES) * ONE_FACTOR;
            mixed ^= (long) LONGS.get(octets, end - Long.BYTES) * OTHER_FACTOR;
        } else {
            for (int i = start; i < end; i++) {
                mixed = mixed * ONE_FACTOR + octets[i];
            }
        }
        return (int) (mixed ^ mixed >>> 32);
    }

    /** Its own, independent of the head it was found in. */
    TokenText kept() {
        return borrowed
                ? new TokenText(this, Arrays.copyOfRange(octets, start, start + length), 0, false, amongOthers)
                : this;
    }

    String text() {
        String known = text;
        if (known == null) {
            known = new String(octets, start, length, StandardCharsets.ISO_8859_1);
            text = known;
        }
        return known;
    }

    @Nullable String cookie() {
        return cookie;
    }

    /** The same token, found beside other session cookies that do not count; no other key of the cache. */
    TokenText besideOthers() {
        return amongOthers ? this : new TokenText(this, octets, start, borrowed, true);
    }

    boolean isAmongOthers() {
        return amongOthers;
    }

    /** Whether this is the text that stands in {@code line} from {@code from} to {@code to}. */
    boolean standsIn(FieldText line, int from, int to) {
        return length == to - from && SameOctets.of(octets, start, line.array(), line.offset() + from, length);
    }

    /** Whether the other has the same text, wherever it was found. */
    boolean sameText(TokenText that) {
        return length == that.length && SameOctets.of(octets, start, that.octets, that.start, length);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof TokenText that && Objects.equals(cookie, that.cookie) && sameText(that));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** Nothing of the token: this may reach a log. */
    @Override
    public String toString() {
        return "TokenText";
    }
}
