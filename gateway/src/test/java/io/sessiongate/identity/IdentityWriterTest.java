package io.sessiongate.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jsonwebtoken.Claims;
import io.jsonwebtoken.security.Keys;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.IdentityConfig;
import io.sessiongate.config.IdentityConfig.Assertion;
import io.sessiongate.config.Secret;
import io.sessiongate.config.SecretBytes;
import io.sessiongate.http.RequestHead;
import io.sessiongate.metrics.IdentityMeters;
import io.sessiongate.session.Attributes;
import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.testing.IndependentJwt;
import io.sessiongate.testing.SimpleHead;
import io.sessiongate.testing.TestKeys;
import io.sessiongate.token.VerifiedToken;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityWriterTest {

    private static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final Instant START = Instant.parse("2026-11-23T10:00:00.400Z");
    private static final Executor NO_LOOP = task -> {
        throw new AssertionError("left its loop");
    };

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Queue<Runnable> offloaded = new ArrayDeque<>();
    private long nowMillis = START.toEpochMilli();
    private Runnable onNextClockReading = () -> {};

    @Test
    void writesWhoIsAskingInTheConfiguredHeaders() {
        IdentityWriter writer = writer(headers(Map.of(), null));

        RequestHead head = write(writer, token(Set.of("user", "admin"), Map.of()));

        assertThat(head.all("X-Auth-Subject")).containsExactly("u1");
        assertThat(head.all("X-Auth-Session")).containsExactly("s1");
        assertThat(head.all("X-Auth-Roles")).containsExactly("admin,user");
    }

    @Test
    void leavesOutWhatIsNotConfiguredOrNotThere() {
        IdentityWriter writer = writer(new IdentityConfig("X-User", null, "X-Roles", Map.of("X-Org", "org.id"), null));

        SimpleHead head = write(writer, token(Set.of(), Map.of()));

        assertThat(head.names()).containsExactly("X-User");
    }

    @ParameterizedTest
    @CsvSource({
        "name, Ada",
        "org.id, 7",
        "org.plan.name, pro",
        "org.active, true",
        "org.tags, 'a,b%2Cc'",
        "org, ",
        "org.missing, ",
        "org.mixed, ",
        "org.none, ",
        "org.empty, ",
        "name.first, ",
        "missing.x, ",
        "'', ",
        "https://app.example.com/tier, gold",
    })
    void writesClaimsByDottedPath(String path, @Nullable String expected) {
        var org = new HashMap<String, Object>();
        org.put("id", 7);
        org.put("plan", Map.of("name", "pro"));
        org.put("active", true);
        org.put("tags", List.of("a", "b,c"));
        org.put("mixed", List.of("a", Map.of("b", "c")));
        org.put("none", null);
        org.put("empty", List.of());
        IdentityWriter writer = writer(headers(Map.of("X-Claim", path), null));

        RequestHead head = write(
                writer, token(Set.of(), Map.of("name", "Ada", "org", org, "https://app.example.com/tier", "gold")));

        assertThat(head.first("X-Claim")).isEqualTo(expected);
    }

    @Test
    void noClaimCanAddAHeader() {
        IdentityWriter writer = writer(headers(Map.of("X-Name", "name"), null));
        var token = new VerifiedToken(
                "u\r\nX-Evil: 1",
                "s\n1",
                Set.of("a\r\nX-Evil: 1", "b,admin"),
                -1,
                nowMillis + 3_600_000,
                Map.of("name", "x\r\nX-Evil: 1"),
                "hash");

        SimpleHead head = write(writer, token);

        for (String name : head.names()) {
            assertThat(head.first(name)).matches("[ -~]*");
        }
        assertThat(head.first("X-Auth-Roles")).isEqualTo("a%0D%0AX-Evil: 1,b%2Cadmin");
    }

    @Test
    void theAssertionSaysWhoForWhomAndWhenTheSessionWasChecked() {
        IdentityWriter writer = writer(headers(Map.of(), hmac(60)));
        VerifiedToken token = token(Set.of("user", "admin"), Map.of());

        Claims claims = claims(write(writer, token));

        assertThat(claims.getIssuer()).isEqualTo("sessiongate");
        assertThat(claims.getAudience()).containsExactly("app");
        assertThat(claims.getSubject()).isEqualTo("u1");
        assertThat(claims)
                .containsEntry("sid", "s1")
                .containsEntry("roles", List.of("admin", "user"))
                .containsEntry("sth", token.sha256());
        assertThat(claims.get("checked_at", Long.class)).isEqualTo(START.getEpochSecond() - 5);
        assertThat(claims.getIssuedAt().toInstant().getEpochSecond()).isEqualTo(START.getEpochSecond());
        assertThat(claims.getExpiration().toInstant().getEpochSecond()).isEqualTo(START.getEpochSecond() + 60);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ES256", "EdDSA"})
    void theAssertionIsVerifiedWithThePublishedKey(String algorithm) throws Exception {
        nowMillis = System.currentTimeMillis();
        IdentityWriter writer = writer(headers(Map.of(), asymmetric(algorithm)));

        RequestHead head = write(writer, token(Set.of(), Map.of()));

        var keys = (List<?>)
                IndependentJwt.json(Jwks.json(List.of(writer, writer))).get("keys");
        assertThat(keys).hasSize(1);
        String jwk = Objects.requireNonNull(writer.publicJwk());
        var key = (PublicKey) IndependentJwt.jwk(jwk).toKey();
        String assertion = Objects.requireNonNull(head.first("X-Auth-Assertion"));
        assertThat(IndependentJwt.verify(assertion, key).getPayload().getSubject())
                .isEqualTo("u1");
    }

    @Test
    void sharedSecretsAreNotPublished() {
        IdentityWriter writer = writer(headers(Map.of(), hmac(60)));

        assertThat(Jwks.json(List.of(writer))).isEqualTo("{\"keys\":[]}");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 15, 30, 60})
    void noAssertionOutlivesItsLifetimeOrItsToken(int lifetimeSeconds) {
        IdentityWriter writer = writer(headers(Map.of(), hmac(lifetimeSeconds)));
        VerifiedToken token = token(Set.of(), Map.of());
        long tokenEnd = token.expiresAtEpochMillis() / 1000;

        for (; nowMillis < token.expiresAtEpochMillis(); nowMillis += 250) {
            Claims claims = claims(write(writer, token));

            long exp = claims.getExpiration().toInstant().getEpochSecond();
            long iat = claims.getIssuedAt().toInstant().getEpochSecond();
            assertThat(exp).isLessThanOrEqualTo(tokenEnd).isLessThanOrEqualTo(iat + lifetimeSeconds);
            long enough = Math.min(10_000, lifetimeSeconds * 1000L / 2);
            assertThat(exp * 1000 - nowMillis).isGreaterThanOrEqualTo(Math.min(enough, tokenEnd * 1000 - nowMillis));
        }
    }

    @Test
    void anAssertionIsReusedUntilAThirdOfItsLifeIsLeft() {
        IdentityWriter writer = writer(headers(Map.of(), hmac(60)));
        VerifiedToken token = token(Set.of(), Map.of());
        var distinct = new HashSet<@Nullable String>();

        for (int second = 0; second < 120; second++) {
            distinct.add(write(writer, token).first("X-Auth-Assertion"));
            nowMillis += 1000;
        }

        assertThat(distinct).hasSize(3);
        assertThat(signatures()).isEqualTo(3);
        assertThat(registry.get("sessiongate.assertion.reused").counter().count())
                .isEqualTo(117);
    }

    @Test
    void everyTokenAndAudienceHasItsOwn() {
        IdentityWriter writer = writer(headers(Map.of(), hmac(60)));
        VerifiedToken one = token(Set.of(), Map.of());
        VerifiedToken two = token(Set.of(), Map.of());
        var audiences = new ArrayList<@Nullable Object>();

        for (VerifiedToken token : List.of(one, two, one)) {
            for (String audience : List.of("a", "b")) {
                SimpleHead head = new SimpleHead("GET", "/");
                writer.write(head, token, live(), audience, NO_LOOP, () -> {});
                audiences.addAll(claims(head).getAudience());
            }
        }

        assertThat(audiences).containsExactly("a", "b", "a", "b", "a", "b");
        assertThat(signatures()).isEqualTo(4);
    }

    @Test
    void aSlowSignatureIsMadeElsewhereOnceForAllThatWait() throws Exception {
        IdentityWriter writer = writer(headers(Map.of(), es256()));
        VerifiedToken token = token(Set.of(), Map.of());
        Queue<Runnable> loop = new ArrayDeque<>();
        var heads = new ArrayList<SimpleHead>();
        var done = new AtomicInteger();
        for (int i = 0; i < 5; i++) {
            var head = new SimpleHead("GET", "/");
            heads.add(head);
            writer.write(head, token, live(), "app", loop::add, done::incrementAndGet);
        }
        assertThat(offloaded).hasSize(1);
        assertThat(done).hasValue(0);

        offloaded.remove().run();
        assertThat(done).hasValue(0);
        loop.forEach(Runnable::run);

        assertThat(done).hasValue(5);
        assertThat(heads.stream().map(head -> head.first("X-Auth-Assertion")).distinct())
                .hasSize(1)
                .doesNotContainNull();
        assertThat(signatures()).isEqualTo(1);
        writer.write(new SimpleHead("GET", "/"), token, live(), "app", NO_LOOP, done::incrementAndGet);
        assertThat(done).hasValue(6);
    }

    @Test
    void aRequestOvertakenByAnothersSignatureUsesThat() {
        IdentityWriter writer = writer(headers(Map.of(), hmac(60)));
        VerifiedToken token = token(Set.of(), Map.of());
        write(writer, token);
        nowMillis += 50_000;

        // The first has seen that the assertion is old when the second renews it.
        var second = new ArrayList<SimpleHead>();
        onNextClockReading = () -> second.add(write(writer, token));
        SimpleHead first = write(writer, token);

        assertThat(first.first("X-Auth-Assertion")).isEqualTo(second.get(0).first("X-Auth-Assertion"));
        assertThat(signatures()).isEqualTo(2);
    }

    @Test
    void aFullQueueCostsTimeAndNotTheRequest() throws Exception {
        IdentityWriter writer = new IdentityWriter(
                headers(Map.of(), es256()),
                task -> false,
                () -> Instant.ofEpochMilli(nowMillis),
                () -> 0,
                new IdentityMeters(registry, "default"));

        RequestHead head = write(writer, token(Set.of(), Map.of()));

        assertThat(head.first("X-Auth-Assertion")).isNotNull();
        assertThat(registry.get("sessiongate.assertion.inline").counter().count())
                .isEqualTo(1);
    }

    @Test
    void anErrorWhileSigningKeepsNobodyWaiting() throws Exception {
        IdentityWriter writer = writer(headers(Map.of(), es256()));
        VerifiedToken token = token(Set.of(), Map.of());
        Queue<Runnable> loop = new ArrayDeque<>();
        var done = new AtomicInteger();
        writer.write(new SimpleHead("GET", "/"), token, live(), "app", loop::add, done::incrementAndGet);
        onNextClockReading = () -> {
            throw new OutOfMemoryError("as the test wants it");
        };

        assertThatThrownBy(() -> offloaded.remove().run()).isInstanceOf(OutOfMemoryError.class);
        loop.forEach(Runnable::run);

        assertThat(done).hasValue(1);
        assertThat(write(writer, token).first("X-Auth-Assertion")).isNotNull();
    }

    @Test
    void aStoppedLoopDoesNotKeepOthersWaiting() throws Exception {
        IdentityWriter writer = writer(headers(Map.of(), es256()));
        VerifiedToken token = token(Set.of(), Map.of());
        Queue<Runnable> loop = new ArrayDeque<>();
        Executor stopped = task -> {
            throw new RejectedExecutionException("stopped");
        };
        var done = new AtomicInteger();
        writer.write(new SimpleHead("GET", "/"), token, live(), "app", loop::add, done::incrementAndGet);
        writer.write(new SimpleHead("GET", "/"), token, live(), "app", stopped, done::incrementAndGet);
        writer.write(new SimpleHead("GET", "/"), token, live(), "app", loop::add, done::incrementAndGet);

        offloaded.remove().run();
        loop.forEach(Runnable::run);

        assertThat(done).hasValue(2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void manyLoopsAtOnceShareOneSignature(boolean slow) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(2);
        List<ExecutorService> loops = new ArrayList<>();
        try {
            IdentityWriter writer = new IdentityWriter(
                    headers(Map.of(), slow ? es256() : hmac(60)),
                    task -> {
                        pool.execute(task);
                        return true;
                    },
                    () -> START,
                    System::nanoTime,
                    new IdentityMeters(registry, "default"));
            int tokens = 50;
            int requests = 40;
            var done = new CountDownLatch(tokens * requests);
            Map<VerifiedToken, Set<String>> assertions = new ConcurrentHashMap<>();
            Queue<String> wrongThread = new ConcurrentLinkedQueue<>();
            List<VerifiedToken> all = new ArrayList<>();
            for (int i = 0; i < tokens; i++) {
                all.add(token(Set.of(), Map.of()));
            }
            for (int l = 0; l < 4; l++) {
                String name = "loop-" + l;
                ExecutorService loop = Executors.newSingleThreadExecutor(task -> new Thread(task, name));
                loops.add(loop);
                for (VerifiedToken token : all) {
                    for (int r = 0; r < requests / 4; r++) {
                        loop.execute(() -> {
                            var head = new SimpleHead("GET", "/");
                            writer.write(head, token, live(), "app", loop, () -> {
                                if (!Thread.currentThread().getName().equals(name)) {
                                    wrongThread.add(Thread.currentThread().getName());
                                }
                                assertions
                                        .computeIfAbsent(token, t -> ConcurrentHashMap.newKeySet())
                                        .add(String.valueOf(head.first("X-Auth-Assertion")));
                                done.countDown();
                            });
                        });
                    }
                }
            }

            assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(wrongThread).isEmpty();
            assertThat(assertions.values()).allSatisfy(own -> assertThat(own).hasSize(1));
            assertThat(signatures()).isEqualTo(tokens);
        } finally {
            loops.forEach(ExecutorService::shutdownNow);
            pool.shutdownNow();
        }
    }

    /** So the bound on remembered tokens bounds what is made of them. */
    @Test
    void keepsWhatItMadeWithTheTokenAlone() {
        IdentityWriter writer = writer(headers(Map.of(), hmac(60)));
        VerifiedToken token = token(Set.of(), Map.of());
        write(writer, token);
        Object made = token.derived();
        write(writer, token);

        assertThat(made).isNotNull();
        assertThat(token.derived()).isSameAs(made);
    }

    @Test
    void takesNothingThatAnotherWriterMade() {
        VerifiedToken token = token(Set.of(), Map.of());
        write(writer(headers(Map.of(), hmac(60))), token);
        IdentityWriter other = writer(headers(Map.of(), null));

        assertThat(write(other, token).names()).doesNotContain("X-Auth-Assertion");
    }

    @Test
    void tellsWhatTheCheckBroughtAlong() {
        IdentityWriter writer = writer(attributes(hmac(60)));
        VerifiedToken token = token(Set.of("user"), Map.of());

        SimpleHead head = write(writer, token, found(null, "ada@x.example", "pro ü"));

        assertThat(head.first("X-Auth-Email")).isEqualTo("ada@x.example");
        assertThat(head.first("X-Auth-Plan")).isEqualTo("pro %C3%BC");
        assertThat(head.first("X-Auth-Roles")).isEqualTo("user");
        assertThat(claims(head)).containsEntry("email", "ada@x.example").doesNotContainKey("plan");
    }

    @Test
    void leavesOutWhatTheCheckDidNotFind() {
        IdentityWriter writer = writer(attributes(hmac(60)));

        SimpleHead head = write(writer, token(Set.of(), Map.of()), found(null, null, ""));

        assertThat(head.names()).doesNotContain("X-Auth-Email", "X-Auth-Plan");
        assertThat(claims(head)).doesNotContainKey("email");
    }

    @Test
    void rolesThatTheCheckFoundCountInPlaceOfTheTokens() {
        IdentityWriter writer = writer(attributes(hmac(60)));
        VerifiedToken token = token(Set.of("admin"), Map.of());

        SimpleHead fewer = write(writer, token, found(Set.of("user", "editor"), "a", "b"));
        SimpleHead none = write(writer, token, found(Set.of(), "a", "b"));

        assertThat(fewer.first("X-Auth-Roles")).isEqualTo("editor,user");
        assertThat(claims(fewer)).containsEntry("roles", List.of("editor", "user"));
        assertThat(none.first("X-Auth-Roles")).isNull();
        assertThat(claims(none)).containsEntry("roles", List.of());
    }

    @Test
    void anAssertionSignedWithOldAttributesIsNotReused() {
        IdentityWriter writer = writer(attributes(hmac(60)));
        VerifiedToken token = token(Set.of(), Map.of());
        Attributes before = found(Set.of("admin"), "a", "b");
        Attributes after = found(Set.of("user"), "a", "b");

        write(writer, token, before);
        SimpleHead changed = write(writer, token, after);
        // Decided before the change, written after it: it gets what it was decided by.
        SimpleHead late = write(writer, token, before);
        SimpleHead next = write(writer, token, after);

        assertThat(claims(changed)).containsEntry("roles", List.of("user"));
        assertThat(claims(late)).containsEntry("roles", List.of("admin"));
        assertThat(claims(next)).containsEntry("roles", List.of("user"));
    }

    @Test
    void nothingIsMadeAnewWhereACheckFindsTheSame() {
        IdentityWriter writer = writer(attributes(hmac(60)));
        VerifiedToken token = token(Set.of(), Map.of());
        var distinct = new HashSet<@Nullable String>();

        for (int i = 0; i < 5; i++) {
            distinct.add(write(writer, token, found(Set.of("user"), "a", "b")).first("X-Auth-Assertion"));
        }

        assertThat(distinct).hasSize(1);
        assertThat(signatures()).isEqualTo(1);
    }

    @Test
    void waitersForASignatureGetTheAttributesTheyWereDecidedBy() throws Exception {
        nowMillis = System.currentTimeMillis();
        IdentityWriter writer = writer(attributes(es256()));
        VerifiedToken token = token(Set.of(), Map.of());
        var old = new SimpleHead("GET", "/");
        var fresh = new SimpleHead("GET", "/");
        writer.write(old, token, live(found(Set.of("admin"), "a", "b")), "app", Runnable::run, () -> {});
        writer.write(fresh, token, live(found(Set.of("user"), "a", "b")), "app", Runnable::run, () -> {});

        offloaded.forEach(Runnable::run);

        var key = (PublicKey)
                IndependentJwt.jwk(Objects.requireNonNull(writer.publicJwk())).toKey();
        assertThat(List.of(old, fresh))
                .extracting(head -> IndependentJwt.verify(Objects.requireNonNull(head.first("X-Auth-Assertion")), key)
                        .getPayload()
                        .get("roles"))
                .containsExactly(List.of("admin"), List.of("user"));
    }

    @Test
    void refusesAnAttributeThatNoCheckBringsAlong() {
        assertThatThrownBy(() ->
                        writer(new IdentityConfig(null, null, null, Map.of(), Map.of("X-Auth-Phone", "phone"), null)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 61})
    void refusesALifetimeThatNoAssertionMayHave(int seconds) {
        assertThatThrownBy(() -> writer(headers(Map.of(), hmac(seconds)))).isInstanceOf(IllegalArgumentException.class);
    }

    private IdentityWriter writer(IdentityConfig config) {
        return new IdentityWriter(
                config,
                List.of("email", "plan"),
                offloaded::add,
                this::readClock,
                () -> nowMillis * 1_000_000,
                new IdentityMeters(registry, "default"));
    }

    private Instant readClock() {
        Runnable meanwhile = onNextClockReading;
        onNextClockReading = () -> {};
        meanwhile.run();
        return Instant.ofEpochMilli(nowMillis);
    }

    /** Writes and waits, by running what was put elsewhere. */
    private SimpleHead write(IdentityWriter writer, VerifiedToken token) {
        return write(writer, token, Attributes.NONE);
    }

    private SimpleHead write(IdentityWriter writer, VerifiedToken token, Attributes attributes) {
        var head = new SimpleHead("GET", "/");
        var done = new AtomicInteger();
        writer.write(head, token, live(attributes), "app", Runnable::run, done::incrementAndGet);
        while (!offloaded.isEmpty()) {
            offloaded.remove().run();
        }
        assertThat(done).hasValue(1);
        return head;
    }

    private Claims claims(RequestHead head) {
        String assertion = Objects.requireNonNull(head.first("X-Auth-Assertion"));
        return IndependentJwt.verify(assertion, Keys.hmacShaKeyFor(SECRET), Instant.ofEpochMilli(nowMillis))
                .getPayload();
    }

    private long signatures() {
        return registry.get("sessiongate.assertion.signatures").timer().count();
    }

    private static Attributes found(@Nullable Set<String> roles, @Nullable String... values) {
        return new Attributes(values, roles);
    }

    private static IdentityConfig attributes(Assertion assertion) {
        return new IdentityConfig(
                "X-Auth-Subject",
                "X-Auth-Session",
                "X-Auth-Roles",
                Map.of(),
                Map.of("X-Auth-Email", "email", "X-Auth-Plan", "plan"),
                new Assertion(
                        assertion.header(),
                        assertion.algorithm(),
                        assertion.secret(),
                        assertion.privateKeyPem(),
                        assertion.issuer(),
                        assertion.lifetime(),
                        List.of("email")));
    }

    private Live live() {
        return live(Attributes.NONE);
    }

    private Live live(Attributes attributes) {
        return new Live(START.toEpochMilli() - 5_000, How.CACHED, attributes);
    }

    private VerifiedToken token(Set<String> roles, Map<String, Object> claims) {
        return new VerifiedToken("u1", "s1", roles, -1, (nowMillis / 1000 + 130) * 1000, claims, "c2hhMjU2");
    }

    private static IdentityConfig headers(Map<String, String> claims, @Nullable Assertion assertion) {
        return new IdentityConfig("X-Auth-Subject", "X-Auth-Session", "X-Auth-Roles", claims, assertion);
    }

    private static Assertion hmac(int seconds) {
        return new Assertion(
                "X-Auth-Assertion", "HS256", new SecretBytes(SECRET), null, "sessiongate", Duration.ofSeconds(seconds));
    }

    private static Assertion es256() {
        return asymmetric("ES256");
    }

    private static Assertion asymmetric(String algorithm) {
        String pem = TestKeys.pem("PRIVATE KEY", TestKeys.newPair(algorithm).getPrivate());
        return new Assertion(
                "X-Auth-Assertion", algorithm, null, new Secret(pem), "sessiongate", Duration.ofSeconds(60));
    }
}
