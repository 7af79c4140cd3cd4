package io.sessiongate.benchmarks.load;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * One kept-alive connection with at most one request under way. A connection that broke is opened again for the next
 * request; what was under way is sent once more where the plan wants it and no octet of an answer had come. Confined to the generator's thread.
 */
final class UserConnection {

    private final LoadGenerator generator;
    private final LoadPlan plan;
    private final AnswerReader reader = new AnswerReader();
    private int next;

    /** When the request under way was due, or the next one is. */
    long dueNanos;

    private long sentNanos;
    private boolean underWay;

    /** The connection has carried an answer before, and no octet of the next one has come. */
    private boolean stale;

    private @Nullable ByteBuffer request;
    private @Nullable SocketChannel channel;
    private @Nullable SelectionKey key;
    private @Nullable ByteBuffer unsent;

    UserConnection(LoadGenerator generator, LoadPlan plan, int index) {
        this.generator = generator;
        this.plan = plan;
        this.next = index % plan.requests().size();
    }

    void send() {
        underWay = true;
        sentNanos = System.nanoTime();
        ByteBuffer first = ByteBuffer.wrap(plan.requests().get(next));
        unsent = first;
        request = plan.again() ? first.duplicate() : null;
        stale = channel != null;
        next = (next + plan.connections()) % plan.requests().size();
        try {
            if (channel == null) {
                connect();
            } else {
                write(channel);
            }
        } catch (IOException e) {
            broke(e);
        }
    }

    private void connect() throws IOException {
        var opened = SocketChannel.open();
        channel = opened;
        opened.configureBlocking(false);
        opened.setOption(StandardSocketOptions.TCP_NODELAY, true);
        boolean connected = opened.connect(plan.target());
        key = opened.register(generator.selector(), connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, this);
        if (connected) {
            write(opened);
        }
    }

    private void write(SocketChannel open) throws IOException {
        ByteBuffer rest = unsent;
        if (rest == null || key == null) {
            return;
        }
        open.write(rest);
        if (rest.hasRemaining()) {
            key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        } else {
            unsent = null;
            key.interestOps(SelectionKey.OP_READ);
        }
    }

    void ready(ByteBuffer buffer) {
        SocketChannel open = channel;
        SelectionKey ready = key;
        if (open == null || ready == null || !ready.isValid()) {
            return;
        }
        try {
            if (ready.isConnectable() && open.finishConnect()) {
                write(open);
            } else if (ready.isWritable()) {
                write(open);
            }
            if (ready.isReadable()) {
                read(open, buffer.clear());
            }
        } catch (IOException | NumberFormatException e) {
            broke(e);
        }
    }

    private void read(SocketChannel open, ByteBuffer buffer) throws IOException {
        int count = open.read(buffer);
        stale &= count <= 0;
        if (count < 0) {
            ended();
        } else if (reader.read(buffer.flip())) {
            String outcome = reader.outcome();
            if (reader.closing()) {
                close();
            }
            over(outcome);
        }
    }

    /** The server closed: the end of an answer without a length, the end of an idle connection, or a failure. */
    private void ended() {
        boolean complete = reader.closed();
        String outcome = reader.outcome();
        close();
        if (underWay && !sentAgain()) {
            over(complete ? outcome : "connection closed");
        }
    }

    private void broke(Exception e) {
        close();
        if (underWay && !sentAgain()) {
            String refused = e instanceof ConnectException ? "connection refused" : "connection broken";
            over(e instanceof NumberFormatException ? "malformed answer" : refused);
        }
    }

    private boolean sentAgain() {
        ByteBuffer same = request;
        if (!stale || same == null) {
            return false;
        }
        request = null;
        stale = false;
        unsent = same;
        generator.again();
        try {
            connect();
            return true;
        } catch (IOException e) {
            close();
            return false;
        }
    }

    void giveUpIfOverdue(long now) {
        if (underWay && now - sentNanos > plan.deadline().toNanos()) {
            close();
            over("timed out");
        }
    }

    private void over(String outcome) {
        underWay = false;
        unsent = null;
        generator.over(this, outcome);
    }

    void close() {
        SocketChannel open = channel;
        channel = null;
        key = null;
        reader.reset();
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // It is gone either way.
            }
        }
    }
}
