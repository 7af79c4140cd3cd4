package io.sessiongate.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.sessiongate.config.HealthCheckConfig;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of a server on a connection that stands. Tells once what is wrong, or null, and leaves the closing of the
 * connection to who is told. Confined to the connection's event loop.
 */
abstract class HealthQuestion extends ChannelInboundHandlerAdapter {

    static final int MOST_FIELDS = 1000;
    static final String AGENT = "sessiongate-health-check";
    static final String INVALID = "its answer is not valid";

    private final HealthCheckConfig rule;
    private final Consumer<@Nullable String> told;
    private boolean over;

    HealthQuestion(HealthCheckConfig rule, Consumer<@Nullable String> told) {
        this.rule = rule;
        this.told = told;
    }

    final HealthCheckConfig rule() {
        return rule;
    }

    /** Asks, once. */
    final void ask(Channel opened) {
        Unheard.giveWay(opened, this);
        write(opened);
        opened.read();
    }

    /** Writes the question and flushes it. */
    abstract void write(Channel opened);

    /** Looks at a part of the answer. */
    abstract void read(ByteBuf in);

    /** A turn of reading is over. */
    abstract void flush();

    /** Gives memory back. */
    abstract void release();

    /** What a status says, other than one of an interim answer. */
    final @Nullable String flaw(int status) {
        boolean good = status >= rule.lowestStatus() && status <= rule.highestStatus();
        return good ? null : "it answers " + status;
    }

    final boolean over() {
        return over;
    }

    final void end(@Nullable String flaw) {
        if (!over) {
            over = true;
            told.accept(flaw);
        }
    }

    @Override
    public final void channelRead(ChannelHandlerContext ctx, Object message) {
        try {
            if (message instanceof ByteBuf in && !over) {
                read(in);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public final void channelReadComplete(ChannelHandlerContext ctx) {
        if (!over) {
            flush();
            ctx.read();
        }
    }

    @Override
    public final void channelInactive(ChannelHandlerContext ctx) {
        end("the connection ended");
        release();
    }

    @Override
    public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        end("the connection broke");
    }
}
