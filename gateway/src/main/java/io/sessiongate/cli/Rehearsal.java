package io.sessiongate.cli;

import io.sessiongate.app.Ahead;
import io.sessiongate.app.Gateway;
import io.sessiongate.app.Logging;
import io.sessiongate.config.ConfigFile;
import io.sessiongate.config.LoadResult;
import io.sessiongate.config.Reading;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Starts a gateway of no consequence, sends a few requests through it and stops: what the JVM loads meanwhile is what the
 * launcher and the image put into their archive of classes. Needs no configuration, database or application, listens on free
 * ports of loopback, and is gone within seconds. Run by {@code sessiongate} and by the image's build, never in service.
 */
final class Rehearsal {

    private static final String SECRET = "the secret of nobody, for nothing";
    private static final int ROUNDS = 20;
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final int LONGEST_SECONDS = 120;

    private Rehearsal() {}

    public static void main(String[] arguments) throws Exception {
        Thread watch = new Thread(Rehearsal::giveUp, "rehearsal-watch");
        watch.setDaemon(true);
        watch.start();
        try (ServerSocket application = new ServerSocket(0, 16, InetAddress.getLoopbackAddress())) {
            Thread answering = new Thread(() -> answer(application), "application");
            answering.setDaemon(true);
            answering.start();
            Path file = Files.createTempFile("sessiongate-rehearsal", ".yaml");
            try {
                Files.writeString(file, yaml(application.getLocalPort()));
                play(file);
            } finally {
                Files.delete(file);
            }
        }
        // Vert.x and Netty leave threads that would end by themselves, but later.
        System.exit(ExitCode.OK);
    }

    /** Nobody waits for it, and nobody would notice one that hangs. */
    private static void giveUp() {
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(LONGEST_SECONDS));
        Runtime.getRuntime().halt(ExitCode.FAILED);
    }

    private static void play(Path file) throws IOException, GeneralSecurityException {
        // As the entry point does, which comes into the archive with it.
        file = Objects.requireNonNull(Main.plain(new String[] {"run", "-c", file.toString()}));
        Ahead ahead = PlainRun.begin();
        ConfigFile from = ConfigFile.of(file);
        Reading reading = from.read();
        if (!(reading.result() instanceof LoadResult.Loaded)) {
            throw new IllegalStateException("the configuration of the rehearsal is not valid");
        }
        Gateway gateway = PlainRun.start(from, reading, ahead, false);
        try {
            String bearer = "Authorization: Bearer " + token() + "\r\n";
            for (int i = 0; i < ROUNDS; i++) {
                ask(gateway.addresses().get(0), "GET /public HTTP/1.1", "");
                ask(gateway.addresses().get(0), "POST /public HTTP/1.1", "Content-Length: 0\r\n");
                ask(gateway.addresses().get(0), "GET / HTTP/1.1", bearer);
            }
            ask(gateway.adminAddress(), "GET /metrics HTTP/1.1", "");
            ask(gateway.adminAddress(), "GET /readyz HTTP/1.1", "");
        } finally {
            gateway.stop();
            Logging.stop();
        }
    }

    /** The database refuses, and so a token that is good gets 503: what reads rows is not part of the rehearsal. */
    private static String yaml(int port) {
        return """
                listeners: [ { address: "127.0.0.1:0" } ]
                admin: { address: "127.0.0.1:0" }
                drain: 1s
                realms:
                  default:
                    token:
                      from: [ { header: Authorization }, { cookie: session } ]
                      keys: [ { algorithm: HS256, secret: "%s" } ]
                    session: { database: "postgres://nobody:nothing@127.0.0.1:1/none", table: sessions }
                    identity: { assertion: { secret: "%s" } }
                upstreams:
                  application: { servers: [ "http://127.0.0.1:%d" ] }
                routes:
                  - { path: /public, access: public, upstream: application }
                  - { path: /**, access: authenticated, upstream: application }
                """.formatted(SECRET, SECRET, port);
    }

    private static String token() throws GeneralSecurityException {
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        String claims = "{\"sub\":\"u\",\"sid\":\"s\",\"exp\":"
                + Instant.now().plusSeconds(600).getEpochSecond() + "}";
        String signed = base64.encodeToString("{\"alg\":\"HS256\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + base64.encodeToString(claims.getBytes(StandardCharsets.UTF_8));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return signed + "." + base64.encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
    }

    private static void ask(InetSocketAddress to, String line, String fields) throws IOException {
        try (Socket socket = new Socket(to.getAddress(), to.getPort())) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.getOutputStream()
                    .write((line + "\r\nHost: localhost\r\nConnection: close\r\n" + fields + "\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().readAllBytes();
        }
    }

    /** An application whose requests are heads and whose answer never changes. */
    private static void answer(ServerSocket application) {
        byte[] answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
                .getBytes(StandardCharsets.US_ASCII);
        while (!application.isClosed()) {
            try (Socket socket = application.accept()) {
                InputStream in = socket.getInputStream();
                for (int ends = 0; ends < 4; ) {
                    int octet = in.read();
                    ends = octet < 0 ? 4 : octet == '\r' || octet == '\n' ? ends + 1 : 0;
                }
                socket.getOutputStream().write(answer);
            } catch (IOException e) {
                // The rehearsal is over, or that request is.
            }
        }
    }
}
