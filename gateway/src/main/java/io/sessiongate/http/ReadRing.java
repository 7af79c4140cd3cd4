package io.sessiongate.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.IoHandler;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringBufferRingAllocator;
import io.netty.channel.uring.IoUringBufferRingConfig;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The buffers into which all connections of one loop are read with io_uring. The kernel takes one when there is something to
 * read, so a read that waits holds none; one read takes one buffer, so a connection is given at most {@value #BUFFER_BYTES}
 * bytes for each read it asked for. What fills less than half of its buffer is copied out of it, so that what is held for
 * long holds at most twice its size. Confined to its loop, but for {@link #close} and what others release.
 *
 * <p>Holds {@value #FIRST} to {@value #MOST} buffers, more once that many connections had something to read at the same time,
 * and keeps {@value #SPARE} for the next read that is passed on with its buffer. Where the ring runs dry nothing is lost:
 * what could not be read stays in the socket and is read once the loop has seen what took the others.
 */
final class ReadRing implements IoUringBufferRingAllocator {

    /** As much as a connection may have waiting to be written before it is given no more. */
    static final int BUFFER_BYTES = 32 * 1024;

    static final int FIRST = 64;
    static final int MOST = 256;
    static final int SPARE = 32;

    private static final short GROUP = 0;

    /** Read once, when Netty's class is loaded. */
    private static final String MULTISHOT_RECEIVE = "io.netty.iouring.recvMultiShotEnabled";

    private static final String MULTISHOT_POLL = "io.netty.iouring.pollAddMultishotEnabled";

    private final ThreadAwareExecutor loop;
    private final AtomicLong bytes;
    private final ArrayDeque<ReadBuffer> spare = new ArrayDeque<>(SPARE);
    private volatile boolean closed;

    /**
     * Of that loop.
     *
     * @param bytes to which the memory of all its buffers is added
     */
    ReadRing(ThreadAwareExecutor loop, AtomicLong bytes) {
        this.loop = loop;
        this.bytes = bytes;
    }

    /**
     * Has Netty read only when it is asked to. By itself it lets a read into a ring go on until it is cancelled, which comes too
     * late to hold a fast sender back, and without a ring it takes a buffer for a connection that once had something to read,
     * though it may have nothing now. Before anything in this process asks Netty for io_uring, be it only whether there is any.
     */
    static void readOnlyWhenAsked() {
        System.setProperty(MULTISHOT_RECEIVE, "false");
        System.setProperty(MULTISHOT_POLL, "false");
    }

    /**
     * Makes sure of it.
     *
     * @throws IllegalStateException where {@link #readOnlyWhenAsked} came too late
     */
    static void requireOnlyWhenAsked() {
        if (IoUring.isAvailable() && (IoUring.isRecvMultishotEnabled() || IoUring.isPollAddMultishotEnabled())) {
            throw new IllegalStateException("io_uring was set up by something else in this process, to read unasked");
        }
    }

    /** Whether this kernel knows rings of buffers: Linux 5.19 or later. */
    static boolean supported() {
        return IoUring.isRegisterBufferRingSupported();
    }

    /** Has a connection read into the ring of its loop, which has to have one. Before it is registered. */
    static void use(Channel channel) {
        channel.config().setOption(IoUringChannelOption.IO_URING_BUFFER_GROUP_ID, GROUP);
    }

    /** The input and output of its loop. */
    IoHandler handler() {
        return IoUringIoHandler.newFactory(new IoUringIoHandlerConfig()
                        .setBufferRingConfig(IoUringBufferRingConfig.builder()
                                .bufferGroupId(GROUP)
                                .bufferRingSize((short) MOST)
                                .batchSize(FIRST)
                                .incremental(false)
                                .batchAllocation(false)
                                .allocator(this)
                                .build()))
                .newHandler(loop);
    }

    @Override
    public ByteBuf allocate() {
        ReadBuffer next = spare.pollLast();
        if (next == null) {
            next = new ReadBuffer(this);
            bytes.addAndGet(BUFFER_BYTES);
        } else {
            next.reuse();
        }
        return next;
    }

    @Override
    public void lastBytesRead(int attempted, int actual) {
        // The size stays: what a buffer has too much is shared by all.
    }

    private boolean keeps(ReadBuffer buffer) {
        if (loop.isExecutorThread(Thread.currentThread()) && !closed && spare.size() < SPARE) {
            spare.addLast(buffer);
            return true;
        }
        bytes.addAndGet(-BUFFER_BYTES);
        return false;
    }

    /** Frees what nobody holds; once the loop has ended. */
    void close() {
        closed = true;
        for (ReadBuffer buffer : spare) {
            bytes.addAndGet(-BUFFER_BYTES);
            buffer.free();
        }
        spare.clear();
    }

    /** One buffer; Netty takes what was read by {@link #retainedSlice}, and releases it. */
    private static final class ReadBuffer extends UnpooledDirectByteBuf {

        private final ReadRing ring;

        ReadBuffer(ReadRing ring) {
            super(ByteBufAllocator.DEFAULT, BUFFER_BYTES, BUFFER_BYTES);
            this.ring = ring;
        }

        @Override
        public ByteBuf retainedSlice(int index, int length) {
            if (length >= BUFFER_BYTES / 2) {
                return super.retainedSlice(index, length);
            }
            ByteBuf copy;
            try {
                copy = alloc().directBuffer(length);
            } catch (OutOfMemoryError full) {
                // Netty would lose the buffer if this failed, and what was read.
                return super.retainedSlice(index, length);
            }
            return copy.writeBytes(this, index, length);
        }

        void reuse() {
            resetRefCnt();
            clear();
        }

        @Override
        protected void deallocate() {
            if (!ring.keeps(this)) {
                free();
            }
        }

        void free() {
            super.deallocate();
        }
    }
}
