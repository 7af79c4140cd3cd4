package io.sessiongate.session;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads what a {@linkplain PgLookup check's} row brings along. Stateless. */
final class PgAttributes {

    private static final int ROLES = 4;
    private static final int ROLES_ARE_A_LIST = 5;
    private static final int VALUES = 6;

    private PgAttributes() {}

    static Attributes of(PgTable.Row row) {
        String @Nullable [] roles = row.texts(ROLES);
        String @Nullable [] values = row.texts(VALUES);
        if (roles == null && values == null) {
            return Attributes.NONE;
        }
        return new Attributes(
                values == null ? new String[0] : values,
                roles == null ? null : roles(roles, row.flag(ROLES_ARE_A_LIST)));
    }

    /** An element of a list is one role, whatever is in it; a text may hold several. No value is no role. */
    private static Set<String> roles(@Nullable String[] found, boolean isList) {
        Set<String> roles = new HashSet<>();
        for (String one : found) {
            if (one == null) {
                continue;
            }
            if (isList) {
                roles.add(one);
            } else {
                split(one, roles);
            }
        }
        return roles;
    }

    private static void split(String text, Set<String> into) {
        int from = 0;
        for (int i = 0; i <= text.length(); i++) {
            if (i == text.length() || text.charAt(i) == ',' || Character.isWhitespace(text.charAt(i))) {
                if (i > from) {
                    into.add(text.substring(from, i));
                }
                from = i + 1;
            }
        }
    }
}
