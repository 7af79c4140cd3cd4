package io.sessiongate.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.sessiongate.config.HealthCheckConfig;
import io.sessiongate.http.HeadProgress;
import io.sessiongate.http.HeadStorages;
import io.sessiongate.http.ResponseReader;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** {@code GET} over HTTP/1.1; of the answer only the status counts. Confined to the connection's event loop. */
final class Http1HealthQuestion extends HealthQuestion {

    private final String authority;
    private final ResponseReader reader;

    Http1HealthQuestion(
            HealthCheckConfig rule,
            String authority,
            int headBytes,
            HeadStorages storages,
            Consumer<@Nullable String> told) {
        super(rule, told);
        this.authority = authority;
        this.reader = new ResponseReader(headBytes, MOST_FIELDS, storages);
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // what becomes of a write is told by events
    void write(Channel opened) {
        opened.writeAndFlush(ByteBufUtil.writeAscii(
                opened.alloc(),
                "GET " + rule().path() + " HTTP/1.1\r\nHost: " + authority + "\r\nUser-Agent: " + AGENT
                        + "\r\nAccept: */*\r\nConnection: close\r\n\r\n"));
    }

    @Override
    void read(ByteBuf in) {
        HeadProgress progress = HeadProgress.DONE;
        while (!over() && in.isReadable() && progress == HeadProgress.DONE) {
            progress = reader.read(in);
            if (progress != HeadProgress.MORE) {
                onHead(progress == HeadProgress.DONE ? reader.head().status() : -1);
                reader.release();
            }
        }
    }

    private void onHead(int status) {
        if (status < 0 || status == 101) {
            end(INVALID);
        } else if (status >= 200) {
            end(flaw(status));
        }
    }

    @Override
    void flush() {
        // Nothing more is written.
    }

    @Override
    void release() {
        reader.release();
    }
}
