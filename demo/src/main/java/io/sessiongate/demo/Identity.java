package io.sessiongate.demo;

import java.util.Set;

/** Who is asking, as far as the application knows. */
sealed interface Identity {

    /** Someone with a live session. */
    record Known(String subject, String sessionId, Set<String> roles) implements Identity {
        public Known {
            roles = Set.copyOf(roles);
        }

        boolean isAdministrator() {
            return roles.contains("admin");
        }

        /** Without the session's id. */
        @Override
        public String toString() {
            return "Known[" + subject + ", " + roles + "]";
        }
    }

    /** Nobody the application would serve. */
    record Refused(String reason) implements Identity {}
}
