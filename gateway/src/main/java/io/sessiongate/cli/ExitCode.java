package io.sessiongate.cli;

/** What the process says when it ends; part of the documented interface. */
final class ExitCode {

    static final int OK = 0;
    /** It could not start, or something failed while it ran. */
    static final int FAILED = 1;
    /** The command line was wrong. */
    static final int USAGE = 2;
    /** The configuration file was wrong; every problem is listed. */
    static final int CONFIGURATION = 3;

    private ExitCode() {}
}
