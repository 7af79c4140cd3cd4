package io.sessiongate.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.app.AdminServer.Page;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BrowserPagesTest {

    private final BrowserPages pages =
            new BrowserPages(Map.of("/page", () -> Page.text(200, "seen")), () -> Set.of("gateway.example.com"));

    private int status(String... host) {
        return Objects.requireNonNull(pages.find("/page", List.of(host))).get().status();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "localhost:9901",
                "LocalHost:1",
                "127.0.0.1",
                "127.0.0.1:9901",
                "10.1.2.3:9901",
                "[::1]",
                "[::1]:9901",
                "gateway.example.com",
                "GATEWAY.example.com:9901",
            })
    void shows(String host) {
        assertThat(status(host)).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "attacker.example",
                "attacker.example:9901",
                "localhost.attacker.example",
                "127.0.0.1.attacker.example",
                "gateway.example.com.attacker.example",
                "gateway.example.com:9901.attacker.example",
                "a@localhost",
                "localhost:80@attacker.example",
                "localhost:x",
                "localhost, attacker.example",
                "[::1].attacker.example",
                "[attacker.example]",
                "[::1",
                "1.2.3",
                "0x7f.1",
                ":9901",
                "",
                " localhost",
            })
    void refuses(String host) {
        assertThat(status(host)).isEqualTo(421);
    }

    @Test
    void refusesNoHostAndSeveral() {
        assertThat(status()).isEqualTo(421);
        assertThat(status("localhost", "localhost")).isEqualTo(421);
    }

    @Test
    void knowsNoOtherPath() {
        assertThat(pages.find("/other", List.of("localhost"))).isNull();
    }
}
