package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.sessiongate.config.LimitsConfig;
import io.sessiongate.http.Cuts;
import io.sessiongate.http.HeadProgress;
import io.sessiongate.http.HeadStorages;
import io.sessiongate.http.HopByHop;
import io.sessiongate.http.Lent;
import io.sessiongate.http.NettyOracle;
import io.sessiongate.http.OwnReading;
import io.sessiongate.http.Relay;
import io.sessiongate.http.RequestReader;
import io.sessiongate.http.Seen;
import io.sessiongate.http.WireRequest;
import io.sessiongate.http.WireWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/**
 * Any octets as what a client sends. Whatever is accepted, Netty reads as the same requests, ending at the same octets;
 * how it is cut makes no difference; and what is written on is read, by Netty and by us, as exactly what was left of it.
 */
public final class RequestFuzz {

    private static final LimitsConfig LIMITS =
            new LimitsConfig(OwnReading.MAX_BYTES, OwnReading.MAX_TARGET, OwnReading.MAX_FIELDS, 1 << 20, 1 << 16, 10);
    private static final HeadRules RULES = new HeadRules(LIMITS);

    private RequestFuzz() {}

    /** The name under which Jazzer looks for it. */
    public static void fuzzerTestOneInput(byte[] input) {
        check(input);
    }

    /** Fails where a promise is broken; how many requests were read to their end. */
    static int check(byte[] input) {
        String text = new String(input, StandardCharsets.ISO_8859_1);
        Seen ours = read(input, 1);
        compare(input, ours);

        Lent lent = new Lent();
        Relay<WireRequest> relay = new Relay<>(RequestFuzz::pass);
        Seen cut = OwnReading.read(
                lent,
                new Heads(lent.storages(), 1),
                Cuts.random(input, new Random(Arrays.hashCode(input))),
                false,
                relay);
        if (!cut.equals(ours)) {
            throw new AssertionError("cut otherwise, it is read otherwise\ninput: " + Seen.quote(text) + "\nwhole: "
                    + Seen.quote(ours.toString()) + "\ncut:   " + Seen.quote(cut.toString()));
        }
        byte[] written = relay.octets();
        String passedOn = new String(written, StandardCharsets.ISO_8859_1);
        Seen netty = NettyOracle.requests(written);
        relay.left().mustBeSeenBy(new Seen(netty.contents(), netty.refused()), passedOn);
        // What is written on may be a little longer than what was read.
        Seen again = read(written, 2);
        relay.left().mustBeSeenBy(new Seen(again.contents(), again.refused()), passedOn);
        return (int) ours.messages().stream().filter(Seen.Message::whole).count();
    }

    /**
     * Netty refuses octets beyond ASCII in the quoted text of a chunk's extension, where the grammar has them: where it
     * refused, both must agree without such octets.
     */
    private static void compare(byte[] input, Seen ours) {
        Seen mine = ours;
        Seen netty = NettyOracle.requests(input);
        if (mine.differsFrom(netty) && netty.refused() && mine.beginsWith(netty)) {
            byte[] ascii = Seen.ascii(input);
            mine = read(ascii, 1);
            netty = NettyOracle.requests(ascii);
        }
        mine.mustBeSeenBy(netty, new String(input, StandardCharsets.ISO_8859_1));
    }

    private static Seen read(byte[] input, int room) {
        Lent lent = new Lent();
        return OwnReading.read(
                lent, new Heads(lent.storages(), room), Cuts.whole(input, Cuts.Kind.HEAP), false, OwnReading.nowhere());
    }

    /** What becomes of a head between client and upstream, in little. */
    private static String pass(WireRequest head, long length, WireWriter writer) {
        Framing framing = Framing.of(head);
        HopByHop.strip(head);
        head.set("X-Auth-Subject", "alice");
        framing.writeTo(head);
        if (!head.contains("host")) {
            head.add("Host", "app:8080");
        }
        writer.head(head, framing.chunked());
        return head.method() + " " + head.target() + " HTTP/1.1";
    }

    private static final class Heads implements OwnReading.Heads<WireRequest> {

        private final HeadStorages storages;
        private final RequestReader reader;

        Heads(HeadStorages storages, int room) {
            this.storages = storages;
            this.reader = new RequestReader(
                    room * LIMITS.requestHeadBytes(),
                    LIMITS.requestTargetBytes(),
                    room * LIMITS.headerCount(),
                    storages);
        }

        @Override
        public HeadProgress read(ByteBuf in) {
            return reader.read(in);
        }

        @Override
        public WireRequest head() {
            return reader.head();
        }

        @Override
        public String start(WireRequest head) {
            return head.method() + " " + head.target() + (head.http10() ? " HTTP/1.0" : " HTTP/1.1");
        }

        @Override
        public boolean inOrder(WireRequest head) {
            return RULES.check(head) == null;
        }

        @Override
        public long length(WireRequest head) {
            return Framing.of(head).length();
        }

        @Override
        public boolean last(WireRequest head) {
            return false;
        }

        @Override
        public void release(WireRequest head) {
            head.release(storages);
        }

        @Override
        public void close() {
            reader.close();
        }
    }
}
