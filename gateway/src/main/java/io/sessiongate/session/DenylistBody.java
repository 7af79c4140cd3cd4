package io.sessiongate.session;

import java.util.List;

/**
 * What the function does on a table of revoked tokens: notifies of what a statement put into it. Removing a row tells nothing,
 * as it brings nothing back.
 *
 * @param id column with what names a token
 */
record DenylistBody(String id) implements RevocationTriggers.Body {

    @Override
    public List<RevocationTriggers.Event> events() {
        return List.of(RevocationTriggers.Event.INSERT, RevocationTriggers.Event.UPDATE);
    }

    @Override
    public String text(String channel) {
        String column = PgLookup.quoted(id);
        return """
                #variable_conflict use_variable
                declare
                  ended text[];
                begin
                  if tg_op = 'INSERT' then
                    select array_agg(distinct %1$s) into ended from new_rows n where n.%2$s is not null;
                  else
                    select array_agg(distinct %1$s) into ended from new_rows n
                    where n.%2$s is not null
                      and not exists (select from old_rows o where o.%2$s::text = n.%2$s::text);
                  end if;
                  if ended is not null then
                    perform pg_notify(%3$s, 's:' || string_agg(hash, ',' order by nr))
                    from unnest(ended) with ordinality as e(hash, nr)
                    group by (nr - 1) / %4$d;
                  end if;
                  return null;
                exception when others then
                  -- A column was renamed, say. The application must be able to go on; the gateways learn that they were told nothing.
                  raise warning 'sessiongate was not told which sessions ended (SQLSTATE %%)', sqlstate
                    using hint = 'Run sessiongate doctor, then sessiongate install-revocations.';
                  perform pg_notify(%3$s, 'x:');
                  return null;
                end
                """.formatted(
                        RevocationBody.hash("n." + column + "::text"),
                        column,
                        RevocationBody.literal(channel),
                        RevocationBody.IN_A_PAYLOAD);
    }
}
