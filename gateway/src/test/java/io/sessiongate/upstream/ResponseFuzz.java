package io.sessiongate.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sessiongate.http.BodyReader;
import io.sessiongate.http.Cuts;
import io.sessiongate.http.HeadProgress;
import io.sessiongate.http.HeadStorages;
import io.sessiongate.http.HopByHop;
import io.sessiongate.http.Lent;
import io.sessiongate.http.NettyOracle;
import io.sessiongate.http.OwnReading;
import io.sessiongate.http.Relay;
import io.sessiongate.http.ResponseReader;
import io.sessiongate.http.Seen;
import io.sessiongate.http.WireResponse;
import io.sessiongate.http.WireWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntPredicate;

/**
 * Any octets as what a server sends; the first says which of eight answers are ones to HEAD. The same promises as those
 * of requests: read as Netty reads it, however it is cut, and written on as it was read.
 */
public final class ResponseFuzz {

    private ResponseFuzz() {}

    /** The name under which Jazzer looks for it. */
    public static void fuzzerTestOneInput(byte[] input) {
        check(input);
    }

    /** Fails where a promise is broken; how many answers were read to their end. */
    static int check(byte[] data) {
        if (data.length == 0) {
            return 0;
        }
        IntPredicate toHead = answer -> (data[0] >> (answer & 7) & 1) != 0;
        byte[] input = Arrays.copyOfRange(data, 1, data.length);
        String text = new String(input, StandardCharsets.ISO_8859_1);
        Seen ours = read(input, toHead, 1);
        compare(input, toHead, ours);

        Lent lent = new Lent();
        Relay<WireResponse> relay = new Relay<>(ResponseFuzz::pass);
        Seen cut = OwnReading.read(
                lent,
                new Heads(lent.storages(), toHead, 1),
                Cuts.random(input, new Random(Arrays.hashCode(input))),
                true,
                relay);
        if (!cut.equals(ours)) {
            throw new AssertionError("cut otherwise, it is read otherwise\ninput: " + Seen.quote(text) + "\nwhole: "
                    + Seen.quote(ours.toString()) + "\ncut:   " + Seen.quote(cut.toString()));
        }
        byte[] written = relay.octets();
        String passedOn = new String(written, StandardCharsets.ISO_8859_1);
        Seen netty = NettyOracle.responses(written, toHead, false);
        relay.left().mustBeSeenBy(new Seen(netty.contents(), netty.refused()), passedOn);
        // What is written on may be a little longer than what was read.
        Seen again = read(written, toHead, 2);
        relay.left().mustBeSeenBy(new Seen(again.contents(), again.refused()), passedOn);
        return (int) ours.messages().stream().filter(Seen.Message::whole).count();
    }

    /**
     * Netty refuses octets beyond ASCII in the quoted text of a chunk's extension, where the grammar has them: where it
     * refused, both must agree without such octets.
     */
    private static void compare(byte[] input, IntPredicate toHead, Seen ours) {
        Seen mine = ours.withoutCodings();
        Seen netty = NettyOracle.responses(input, toHead, true).withoutCodings();
        if (mine.differsFrom(netty) && netty.refused() && mine.beginsWith(netty)) {
            byte[] ascii = Seen.ascii(input);
            mine = read(ascii, toHead, 1).withoutCodings();
            netty = NettyOracle.responses(ascii, toHead, true).withoutCodings();
        }
        mine.mustBeSeenBy(netty, new String(input, StandardCharsets.ISO_8859_1));
    }

    private static Seen read(byte[] input, IntPredicate toHead, int room) {
        Lent lent = new Lent();
        return OwnReading.read(
                lent,
                new Heads(lent.storages(), toHead, room),
                Cuts.whole(input, Cuts.Kind.HEAP),
                true,
                OwnReading.nowhere());
    }

    /** What becomes of a head between upstream and client, in little. */
    private static String pass(WireResponse head, long length, WireWriter writer) {
        HopByHop.strip(head);
        boolean chunked = length == BodyReader.CHUNKED || length == BodyReader.UNTIL_CLOSE;
        if (chunked) {
            head.set("Transfer-Encoding", "chunked");
        }
        head.set("X-Request-Id", "1");
        writer.head(head, chunked);
        return Heads.line(head, false);
    }

    private static final class Heads implements OwnReading.Heads<WireResponse> {

        private final ResponseReader reader;
        private final IntPredicate toHead;
        private int answers;

        Heads(HeadStorages storages, IntPredicate toHead, int room) {
            this.reader = new ResponseReader(room * OwnReading.MAX_BYTES, room * OwnReading.MAX_FIELDS, storages);
            this.toHead = toHead;
        }

        @Override
        public HeadProgress read(ByteBuf in) {
            return reader.read(in);
        }

        @Override
        public WireResponse head() {
            return reader.head();
        }

        @Override
        public String start(WireResponse head) {
            return line(head, head.http10());
        }

        static String line(WireResponse head, boolean http10) {
            ByteBuf written = Unpooled.buffer();
            head.writeTo(written);
            String text = written.toString(StandardCharsets.ISO_8859_1);
            written.release();
            // Blanks around a reason say nothing; Netty takes them out.
            String reason = text.substring("HTTP/1.1 200 ".length(), text.indexOf('\r'));
            return (http10 ? "HTTP/1.0 " : "HTTP/1.1 ") + head.status() + " " + reason.strip();
        }

        @Override
        public boolean inOrder(WireResponse head) {
            return ResponseFraming.flaw(head) == null;
        }

        @Override
        public long length(WireResponse head) {
            if (head.status() < 200) {
                return 0;
            }
            boolean none = toHead.test(answers++);
            return ResponseFraming.length(head, none);
        }

        @Override
        public boolean last(WireResponse head) {
            return head.status() == 101;
        }

        @Override
        public void release(WireResponse head) {
            reader.release();
        }

        @Override
        public void close() {
            reader.release();
        }
    }
}
