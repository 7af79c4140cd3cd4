package io.sessiongate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.AsciiString;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NormalisedNamesTest {

    private final NormalisedNames names = NormalisedNames.of(List.of("X-Auth-Subject", "te"), List.of("X-Internal-"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Auth-Subject",
                "x-auth-subject",
                "X_AUTH_SUBJECT",
                "x.auth.subject",
                "X-auth_Subject",
                "TE",
                "tE",
                "x-internal-",
                "X_Internal.Path",
                "x.internal_"
            })
    void findsANameInEverySpelling(String name) {
        assertThat(names.contains(name)).isTrue();
        assertThat(names.contains(new AsciiString(name))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "t",
                "X-Auth-Subjec",
                "X-Auth-Subjects",
                "XAuthSubject",
                "X--Auth-Subject",
                "X-Auth Subject",
                "X-Internal",
                "AX-Internal-Path",
                "X-Auth-Subj\u212act",
                "x-other"
            })
    void findsNoOtherName(String name) {
        assertThat(names.contains(name)).isFalse();
    }
}
