package io.sessiongate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.client.WireMock;
import io.sessiongate.testing.Browser;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Takes the picture of the status page that README.md shows, of a gateway at work: {@code mvn -pl gateway test
 * -Dtest=StatusPictureTest -Dsessiongate.picture=../docs/status-page.png}. Left out otherwise.
 */
@EnabledIfSystemProperty(named = "sessiongate.picture", matches = ".+", disabledReason = "nobody wants a picture")
class StatusPictureTest {

    private static final int USERS = 60;
    private static final int ROUNDS = 1_400;
    private static final int WIDTH = 1180;
    private static final int HEIGHT = 1326;

    @Test
    void takesThePicture(@TempDir Path folder, @TempDir Path profile) throws Exception {
        String database = RealmGateway.newDatabase(
                "create table users (id text primary key, role text not null)",
                "create table sessions (id uuid primary key, user_id text not null, expires_at timestamp(3) not null)");
        String session = """
                table: sessions
                      columns: { id: id, subject: user_id, expires: expires_at }
                      users: { table: users }
                      check: { revalidate-after: 10s, refresh-ahead: 2s }
                      revocations: { channel: gone }""";
        try (RealmGateway gateway = new RealmGateway(folder, database, "", RealmGateway.JWT, session, "")) {
            gateway.answers("/api/reports", WireMock.aResponse().withStatus(500));
            gateway.installRevocations();
            List<String> ids = new ArrayList<>();
            List<String> cookies = new ArrayList<>();
            for (int i = 0; i < USERS; i++) {
                String id = UUID.randomUUID().toString();
                gateway.sql(
                        "insert into users values ('user" + i + "', 'member')",
                        "insert into sessions values ('" + id + "', 'user" + i
                                + "', now() at time zone 'utc' + interval '1 hour')");
                ids.add(id);
                cookies.add(RealmGateway.cookie(Map.of("sub", "user" + i, "sid", id)));
            }
            try (Browser browser = Browser.start(profile)) {
                browser.screen(WIDTH, HEIGHT, false, false);
                browser.visit("http://127.0.0.1:" + gateway.adminAddress().getPort() + "/");
                for (int round = 0; round < ROUNDS; round++) {
                    work(gateway, ids, cookies, round);
                    // A breath between requests, longer and shorter in turns, so that the chart has a shape.
                    LockSupport.parkNanos((long) (30e6 + 18e6 * Math.sin(round / 110.0)));
                }
                Path picture = Path.of(System.getProperty("sessiongate.picture"));
                Files.write(picture, small(browser.picture(WIDTH, HEIGHT)));
                assertThat(Files.size(picture)).isLessThan(200_000);
            }
        }
    }

    /** The same picture without transparency, and packed with more patience than a browser has. */
    private static byte[] small(byte[] png) throws IOException {
        BufferedImage taken = ImageIO.read(new ByteArrayInputStream(png));
        BufferedImage plain = new BufferedImage(taken.getWidth(), taken.getHeight(), BufferedImage.TYPE_INT_RGB);
        plain.createGraphics().drawImage(taken, 0, 0, null);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(plain, "png", out);
        return out.toByteArray();
    }

    private static void work(RealmGateway gateway, List<String> ids, List<String> cookies, int round) throws Exception {
        int user = round * 7 % USERS;
        for (int i = 0; i < 3; i++) {
            gateway.get(i == 2 ? "/api/stats" : "/dashboard", "Cookie", cookies.get(user));
        }
        if (round % 23 == 0) {
            gateway.get("/dashboard");
        }
        if (round % 61 == 0) {
            gateway.get("/api/admin/users", "Cookie", cookies.get(user));
        }
        if (round % 170 == 0) {
            gateway.get("/api/stats", "Cookie", cookies.get(user) + "x");
            gateway.get("/api/reports", "Cookie", cookies.get(user));
        }
        if (round % 300 == 299) {
            gateway.sql("delete from sessions where id = '" + ids.get(user) + "'");
        }
    }
}
