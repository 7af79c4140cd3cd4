package io.sessiongate.upstream.policy;

/** The servers of an upstream as they stand at this moment, by their place in the list. */
public interface Candidates {

    int count();

    /** Whether that one may be taken at all. */
    boolean mayTake(int index);

    /** Requests under way at it. */
    int inFlight(int index);

    /** How much of its share it gets: above 0, and 1 but while it starts slowly. */
    double share(int index);

    /** A number that stands for it and is the same in every gateway. */
    long seed(int index);
}
