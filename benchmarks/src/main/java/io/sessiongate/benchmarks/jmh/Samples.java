package io.sessiongate.benchmarks.jmh;

import io.netty.buffer.Unpooled;
import io.sessiongate.config.Access;
import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.config.SecretBytes;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.http.HeadProgress;
import io.sessiongate.http.HeadStorages;
import io.sessiongate.http.RequestReader;
import io.sessiongate.http.WireRequest;
import io.sessiongate.token.JwsSigner;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the micro-benchmarks work on: requests as a browser sends them, tokens as a login hands them out. */
public final class Samples {

    private static final byte[] SECRET =
            "a secret of the benchmarks, 32 bytes and more".getBytes(StandardCharsets.US_ASCII);
    private static final long LIFE_SECONDS = Duration.ofHours(6).toSeconds();

    private Samples() {}

    /** A request of a browser's script with this token, as it arrives. */
    public static WireRequest request(String token) {
        String head = String.join(
                "\r\n",
                "GET /api/admin/dashboard-stats?range=7d HTTP/1.1",
                "Host: dashboard.example.com",
                "Authorization: Bearer " + token,
                "Accept: application/json",
                "Accept-Encoding: gzip, deflate, br",
                "Accept-Language: en-GB,en;q=0.9",
                "Referer: https://dashboard.example.com/",
                "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36",
                "Sec-Fetch-Site: same-origin",
                "Sec-Fetch-Mode: cors",
                "Cookie: theme=dark; consent=1",
                "",
                "");
        var reader = new RequestReader(16 * 1024, 8 * 1024, 100, new HeadStorages());
        if (reader.read(Unpooled.wrappedBuffer(head.getBytes(StandardCharsets.US_ASCII))) != HeadProgress.DONE) {
            throw new IllegalStateException("the sample is no request: " + reader.fault());
        }
        return reader.head();
    }

    /** Signer and matching configuration for one algorithm, with a key made for the occasion. */
    public record TokenKey(JwsSigner signer, KeyConfig config) {

        public static TokenKey of(String algorithm) throws GeneralSecurityException {
            if (algorithm.startsWith("HS")) {
                return new TokenKey(
                        JwsSigner.hmac(algorithm, SECRET),
                        new KeyConfig(Set.of(algorithm), null, new SecretBytes(SECRET), null, "benchmark"));
            }
            KeyPair pair = generator(algorithm).generateKeyPair();
            return new TokenKey(
                    JwsSigner.privateKey(algorithm, pem("PRIVATE KEY", pair.getPrivate())),
                    new KeyConfig(Set.of(algorithm), null, null, pem("PUBLIC KEY", pair.getPublic()), "benchmark"));
        }

        private static KeyPairGenerator generator(String algorithm) throws GeneralSecurityException {
            if (algorithm.equals("EdDSA")) {
                return KeyPairGenerator.getInstance("Ed25519");
            }
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm.startsWith("ES") ? "EC" : "RSA");
            generator.initialize(algorithm.startsWith("ES") ? 256 : 2048);
            return generator;
        }

        private static String pem(String kind, Key key) {
            return "-----BEGIN " + kind + "-----\n"
                    + Base64.getMimeEncoder().encodeToString(key.getEncoded())
                    + "\n-----END " + kind + "-----\n";
        }

        /** Tokens of so many users with a session each. */
        public List<String> tokens(int count) {
            var tokens = new ArrayList<String>();
            long now = System.currentTimeMillis() / 1000;
            for (int i = 0; i < count; i++) {
                tokens.add(signer.sign(Map.of(
                        "iss",
                        "https://app.example.com",
                        "aud",
                        "dashboard",
                        "sub",
                        "user-" + i,
                        "sid",
                        "3f6c1a2e-5b7d-4c8e-9f01-%012d".formatted(i),
                        "role",
                        List.of("admin", "member"),
                        "iat",
                        now,
                        "exp",
                        now + LIFE_SECONDS)));
            }
            return tokens;
        }

        public TokenConfig tokenConfig() {
            return new TokenConfig(
                    List.of(new TokenConfig.Source.Header("Authorization"), new TokenConfig.Source.Cookie("session")),
                    List.of(config),
                    "https://app.example.com",
                    List.of("dashboard"),
                    Duration.ofSeconds(5),
                    new TokenConfig.Claims("sub", "sid", "role"),
                    8192,
                    100_000);
        }
    }

    /** So many rules, the last of them for everything else. */
    public static List<RouteConfig> routes(int count) {
        var routes = new ArrayList<RouteConfig>();
        for (int i = 0; i < count - 1; i++) {
            routes.add(route("/api/service-" + i + "/orders/**", i));
        }
        routes.add(route("/**", count));
        return routes;
    }

    private static RouteConfig route(String path, int line) {
        return new RouteConfig(
                null,
                path,
                Set.of(),
                new Access.Authenticated(),
                "application",
                "default",
                null,
                null,
                true,
                "benchmark:" + line);
    }
}
