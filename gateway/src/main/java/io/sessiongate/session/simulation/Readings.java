package io.sessiongate.session.simulation;

/** How to read the table of each scenario. */
final class Readings {

    static final String STEADY_DAY = """
            1,000 users at 2 gateways, a day's rise and fall of traffic in two hours, twelve requests a minute each \
            at noon; tokens of an hour; each session is ended once in two hours on average. *Queries per 100 \
            requests* is what is left of an application's hundred. *Waits* are those of the requests that had to wait \
            for a check, nearly always a user's first one after a while. Pushes bring the time that an ended session \
            lives on from a minute to milliseconds, at the same number of queries; the longer interval that they \
            allow saves more.""";

    static final String COLD_START = """
            One gateway starts with nothing in memory, and each of a million sessions asks once. *Checks* is \
            therefore a million, and *queries* what batches make of it. Within a minute nobody notices. All within a \
            second is more than four connections and two processors can do: `max-waiting` (10,000) keeps the line \
            short, whoever finds it full gets a 503 with `Retry-After` and comes back, and all are served a few \
            seconds later.""";

    static final String MASS_REVOCATION = """
            20,000 users at 4 gateways; after two minutes one transaction ends 10,000 sessions. Without pushes each \
            is found out at its next check, a minute later at most; with pushes at once. The users log in again, \
            which is 10,000 first checks at each gateway, and nobody is refused for want of a check.""";

    static final String DATABASE_IN_TROUBLE = """
            5,000 users at 2 gateways, each session ended once an hour on average; trouble from the third minute to \
            the fourth. *Stale* requests were served on the last good check (`serve-stale-for`), and that is how long \
            an ended session may live on meanwhile. 503s are sessions without one, such as new logins. *Back* is when \
            the last stale answer and the last 503 came, counted from when the database was well again.""";

    static final String REPLICA_LAG = """
            5,000 users at 2 gateways, each session ended twice an hour; checks go to a replica. What it says counts \
            as of the time whose state it shows, so an ended session lives no longer than with the primary. A session \
            that it does not know, or whose end was heard of since, is confirmed by the primary (*confirmed*). Beyond \
            `max-lag` (5 s) the replica is left out.""";

    static final String PUSHES_LOST = """
            5,000 users at 2 gateways, each session ended twice an hour; `revalidate-after-while-listening` is 10 \
            minutes but in the last row. A connection that died in silence is noticed after 15 s: from then on what \
            was checked before is trusted for the plain minute, so nothing outlives that. Pushes that go missing with \
            nobody noticing (a trigger was dropped) are the price of the longer interval: without it, the minute \
            holds whatever is lost.""";

    static final String GATEWAYS = """
            The same 10,000 users and 1,000 requests a second, spread over more and more gateways with nothing in \
            memory at first. Each gateway has to find out for itself, so the more there are the fewer requests each \
            can answer from memory: with 200, a user meets the same one every half hour. Requests of one user had \
            better go to one gateway where the load balancer can do that. *Connections* are those at the database: \
            few gateways open all that `connection_limit` allows, many need fewer, yet may open as many each.""";

    private Readings() {}
}
