package io.sessiongate.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.testing.SimpleHead;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InboundFieldsTest {

    private final InboundFields fields =
            new InboundFields(List.of("X-Auth-Subject", "X-Auth-Roles", "X-Auth-Assertion"), true);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Auth-Subject",
                "x-auth-subject",
                "X-AUTH-SUBJECT",
                "X_Auth_Subject",
                "X.Auth.Subject",
                "x_auth-subject",
                "x.AUTH_subject",
                "X-Auth-Roles",
                "x_auth_assertion",
                "Connection",
                "Keep-Alive",
                "Proxy-Connection",
                "Proxy-Authorization",
                "TE",
                "Trailer",
                "Transfer-Encoding",
                "transfer_encoding",
                "Upgrade",
                "HTTP2-Settings",
                "x-middleware-subrequest",
                "X_Middleware_Subrequest",
                "x-middleware-subrequest-id",
                "x-middleware-rewrite",
                "x-middleware-request-x-user",
                "x-invoke-path",
                "x-now-route-matches",
                "x-matched-path",
                "x-isr",
                "x-opennext-initial-url",
                "x-astro-path",
                "X-React-Router-Prerender-Data",
                "X-Original-URL",
                "X_Original_Url",
                "X-Rewrite-URL",
                "X-Sendfile-Type",
                "X-Accel-Mapping",
                "Proxy",
                "X-HTTP-Method-Override",
                "X-HTTP-Method",
                "X-Method-Override",
            })
    void removesASpoofableFieldHoweverOftenItIsSent(String name) {
        var head = SimpleHead.get("/", "Accept", "*/*", name, "spoofed", "User-Agent", "x", name, "again");

        fields.strip(head);

        assertThat(head.names()).containsExactly("Accept", "User-Agent");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Auth-Subject",
                "close, X-Auth-Subject",
                "x-auth-subject , keep-alive",
                "X_Auth_Subject",
                ",, ,x-auth-subject,",
                "x-other",
            })
    void removesItWhateverConnectionSays(String connection) {
        var head = SimpleHead.get("/", "Connection", connection, "X-Auth-Subject", "spoofed", "Accept", "*/*");

        fields.strip(head);

        assertThat(head.names()).containsExactly("Accept");
    }

    @Test
    void removesWhatAnyLineOfConnectionNames() {
        var head = SimpleHead.get(
                "/",
                "X-Hop",
                "1",
                "Connection",
                "keep-alive",
                "x-two",
                "2",
                "connection",
                "x-HOP,\tX-Two",
                "Accept",
                "*/*");

        fields.strip(head);

        assertThat(head.names()).containsExactly("Accept");
    }

    @Test
    void removesNothingElse() {
        String[] names = {
            "Host",
            "Accept",
            "Authorization",
            "Cookie",
            "Content-Length",
            "Content-Type",
            "Content_Length",
            "Origin",
            "X-Forwarded-For",
            "Forwarded",
            "X-Request-Id",
            "x-nextjs-data",
            "x-middleware-prefetch",
            "Next-Action",
            "RSC",
            "Next-Router-State-Tree",
            "x-prerender-revalidate",
            "X-Auth",
            "X-Auth-Subject-Id",
            "X-Authsubject",
            "Sec-WebSocket-Key",
            "Expect",
            "Via",
            "Traceparent",
            "Idempotency-Key",
            "X-CSRF-Token"
        };
        var head = SimpleHead.get("/");
        for (String name : names) {
            head.add(name, "v");
        }
        head.add("Connection", "keep-alive");

        fields.strip(head);

        assertThat(head.names()).containsExactly(names);
    }

    @Test
    void leavesAMethodOverrideWhereNoRuleDependsOnTheMethod() {
        var head = SimpleHead.get("/", "X-HTTP-Method-Override", "PUT");

        new InboundFields(List.of(), false).strip(head);

        assertThat(head.names()).containsExactly("X-HTTP-Method-Override");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Auth-Subject",
                "x_auth_subject",
                "Transfer-Encoding",
                "Content-Length",
                "content_length",
                "Host",
                "Cookie",
                "Authorization",
                "X-Forwarded-For",
                "x_forwarded_proto",
                "Forwarded",
                "X-Request-Id",
                "Trailer",
                "x-middleware-subrequest",
                "X-Original-URL",
                "X-HTTP-Method-Override",
                "Set-Cookie",
                "If-Match"
            })
    void dropsTrailersThatBelongInTheHead(String name) {
        assertThat(fields.forbiddenInTrailers(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Digest", "grpc-status", "X-Checksum", "Server-Timing", "Content-Digest", "ETag"})
    void letsOtherTrailersPass(String name) {
        assertThat(fields.forbiddenInTrailers(name)).isFalse();
    }
}
