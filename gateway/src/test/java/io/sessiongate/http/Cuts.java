package io.sessiongate.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Ways in which the same octets can arrive: in how many pieces, and in buffers of which kind. */
public final class Cuts {

    /** Kinds of buffer. */
    public enum Kind {
        HEAP,
        DIRECT,
        COMPOSITE,
        READ_ONLY,
        /** A part of a larger buffer, with other octets around it. */
        SLICE
    }

    private Cuts() {}

    /** All at once. */
    public static List<ByteBuf> whole(byte[] input, Kind kind) {
        return List.of(buffer(kind, input));
    }

    /** In two pieces. */
    public static List<ByteBuf> two(byte[] input, int at, Kind kind) {
        return at(input, kind, at);
    }

    /** Octet by octet. */
    public static List<ByteBuf> single(byte[] input, Kind kind) {
        int[] places = new int[Math.max(input.length - 1, 0)];
        Arrays.setAll(places, i -> i + 1);
        return at(input, kind, places);
    }

    /** In up to eight pieces of kinds of their own. */
    public static List<ByteBuf> random(byte[] input, Random random) {
        int[] places =
                random.ints(random.nextInt(8), 0, input.length + 1).sorted().toArray();
        List<ByteBuf> pieces = new ArrayList<>();
        int from = 0;
        for (int i = 0; i <= places.length; i++) {
            int to = i < places.length ? places[i] : input.length;
            Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
            pieces.add(buffer(kind, Arrays.copyOfRange(input, from, to)));
            from = to;
        }
        return pieces;
    }

    private static List<ByteBuf> at(byte[] input, Kind kind, int... places) {
        List<ByteBuf> pieces = new ArrayList<>();
        int from = 0;
        for (int i = 0; i <= places.length; i++) {
            int to = i < places.length ? places[i] : input.length;
            pieces.add(buffer(kind, Arrays.copyOfRange(input, from, to)));
            from = to;
        }
        return pieces;
    }

    private static ByteBuf buffer(Kind kind, byte[] octets) {
        return switch (kind) {
            case HEAP -> Unpooled.wrappedBuffer(octets);
            case DIRECT -> Unpooled.directBuffer(Math.max(octets.length, 1)).writeBytes(octets);
            case COMPOSITE -> composite(octets);
            case READ_ONLY -> Unpooled.wrappedBuffer(octets).asReadOnly();
            case SLICE -> slice(octets);
        };
    }

    private static ByteBuf composite(byte[] octets) {
        CompositeByteBuf whole = Unpooled.compositeBuffer(8);
        int third = octets.length / 3;
        whole.addComponent(true, Unpooled.wrappedBuffer(Arrays.copyOfRange(octets, 0, third)));
        whole.addComponent(true, Unpooled.wrappedBuffer(Arrays.copyOfRange(octets, third, 2 * third)));
        whole.addComponent(true, Unpooled.wrappedBuffer(Arrays.copyOfRange(octets, 2 * third, octets.length)));
        return whole;
    }

    private static ByteBuf slice(byte[] octets) {
        byte[] larger = new byte[octets.length + 20];
        Arrays.fill(larger, (byte) '\n');
        System.arraycopy(octets, 0, larger, 7, octets.length);
        ByteBuf around = Unpooled.wrappedBuffer(larger);
        return around.slice(7, octets.length);
    }
}
