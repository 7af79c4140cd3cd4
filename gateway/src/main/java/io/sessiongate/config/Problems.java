package io.sessiongate.config;

import io.sessiongate.config.Locations.Position;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Collects what is wrong with one file. The first error about a value silences later ones about it and about what is
 * inside it: those would only be consequences. Confined to one load; bounded by the size of the file.
 */
final class Problems {

    private final String file;
    private final Locations locations;
    private final List<Problem> errors = new ArrayList<>();
    private final List<Problem> warnings = new ArrayList<>();
    private final Set<KeyPath> broken = new HashSet<>();

    Problems(String file, Locations locations) {
        this.file = file;
        this.locations = locations;
    }

    /** About a value, or about one that is missing. */
    void error(KeyPath path, String message) {
        error(path, locations.ofValue(path), path.toString(), message);
    }

    /** About the key itself rather than about its value. */
    void errorAtKey(KeyPath path, String message) {
        error(path, locations.ofKey(path), path.toString(), message);
    }

    /** About a value, with position and name of our own choice. */
    void error(KeyPath path, Position position, String shownKey, String message) {
        if (!isBroken(path)) {
            broken.add(path);
            errors.add(new Problem(file, position.line(), position.column(), shownKey, message));
        }
    }

    void warn(KeyPath path, String message) {
        Position position = locations.ofValue(path);
        warnings.add(new Problem(file, position.line(), position.column(), path.toString(), message));
    }

    /** Whether there is an error about this value or about something it stands in. */
    boolean isBroken(KeyPath path) {
        for (KeyPath at = path; ; at = at.parent()) {
            if (broken.contains(at)) {
                return true;
            }
            if (at.isRoot()) {
                return false;
            }
        }
    }

    /** Whether there is an error about this value or about something in it. */
    boolean isBrokenWithin(KeyPath path) {
        int length = path.segments().size();
        return isBroken(path)
                || broken.stream()
                        .anyMatch(b -> b.segments().size() >= length
                                && b.segments().subList(0, length).equals(path.segments()));
    }

    /** Where the value stands, as {@code file:line:column}. */
    String location(KeyPath path) {
        Position position = locations.ofValue(path);
        return file + ":" + position.line() + ":" + position.column();
    }

    List<Problem> errors() {
        return errors.stream().sorted(Problem.BY_POSITION).toList();
    }

    List<Problem> warnings() {
        return warnings.stream().sorted(Problem.BY_POSITION).toList();
    }
}
