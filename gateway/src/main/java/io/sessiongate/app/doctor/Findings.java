package io.sessiongate.app.doctor;

import java.util.function.Consumer;

/** Makes checks one by one and hands on what each saw; one that fails never stops the next. Not for several threads. */
final class Findings {

    /** A look at something, bounded in time by itself. */
    interface Look {
        Seen look() throws DatabaseView.Refused, InterruptedException;
    }

    private final Consumer<Finding> reader;

    Findings(Consumer<Finding> reader) {
        this.reader = reader;
    }

    void check(String about, String check, Look look) throws InterruptedException {
        Seen seen;
        try {
            seen = look.look();
        } catch (DatabaseView.Refused e) {
            seen = Seen.fail(String.valueOf(e.getMessage()), Remedies.of(e));
        } catch (RuntimeException e) {
            // A bug of ours, or a server that is unlike every other; the message could quote what it met.
            seen = Seen.fail("the check itself failed: " + e.getClass().getSimpleName(), "please report it");
        }
        reader.accept(new Finding(about, check, seen.verdict(), seen.saw(), seen.fix()));
    }
}
