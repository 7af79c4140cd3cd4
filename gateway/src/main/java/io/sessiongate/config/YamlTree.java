package io.sessiongate.config;

import io.sessiongate.config.Locations.Position;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.StreamEndEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * YAML text to a tree of JSON values, with the place of every key and value. The one class that knows the YAML library.
 *
 * <p>A subset is read on purpose: one document, text keys, no anchors, aliases, merge keys or tags, no key twice, no
 * deeper than 32. Scalars follow the core schema of YAML 1.2 for null, booleans and decimal whole numbers; everything
 * else is text, so that a version such as {@code 1.10} keeps its zero. The library's own messages quote the text around
 * an error, which may be a secret: none of them is passed on.
 */
final class YamlTree {

    private static final int MAX_DEPTH = 32;
    private static final Pattern WHOLE_NUMBER = Pattern.compile("[-+]?(0|[1-9][0-9]{0,17})");
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** A constant part of the library's message, and what it means to someone who writes a configuration file. */
    private static final List<Map.Entry<String, String>> EXPLANATIONS = List.of(
            Map.entry(
                    "mapping values are not allowed here",
                    "a `:` with a space after it cannot stand here; put the value in quotes or check the indentation"),
            Map.entry("could not find expected ':'", "this key has no `:` after it"),
            Map.entry("found unexpected end of stream", "a quotation mark is not closed"),
            Map.entry(
                    "that cannot start any token",
                    "a value cannot begin with this character; put it in quotes, and indent with spaces, not tabs"),
            Map.entry(
                    "expected ',' or ']'",
                    "this list has no closing `]`; put values that contain `[`, `]`, `{`, `}` or `,` in quotes"),
            Map.entry(
                    "expected ',' or '}'",
                    "this mapping has no closing `}`; put values that contain `[`, `]`, `{`, `}` or `,` in quotes, as in"
                            + " \"${NAME}\""),
            Map.entry(
                    "expected the node content",
                    "a value was expected here; put values that contain `[`, `]`, `{`, `}`, `,` or start with `:` in quotes"),
            Map.entry("<block end>", "this line does not fit those above it; check the indentation and the quotes"),
            Map.entry(
                    "unknown escape character",
                    "an unknown escape in a quoted value; write `\\\\` for a backslash, or use single quotes"),
            Map.entry(
                    "sequence entries are not allowed here",
                    "a `-` cannot start a list entry here; put the list on lines of its own"));

    private final Iterator<Event> events;
    private final Locations locations;
    private final Problems problems;

    private YamlTree(Iterator<Event> events, Locations locations, Problems problems) {
        this.events = events;
        this.locations = locations;
        this.problems = problems;
    }

    /** The tree, or null with an error reported when the text cannot be read to its end. */
    static @Nullable JsonNode read(String text, Locations locations, Problems problems) {
        var settings = LoadSettings.builder()
                .setUseMarks(true)
                .setParseComments(false)
                .setCodePointLimit(Math.max(1, text.length()))
                .build();
        var events = new Parse(settings).parseString(text).iterator();
        try {
            return new YamlTree(events, locations, problems).document();
        } catch (TooDeep e) {
            report(problems, e.position, "nested deeper than " + MAX_DEPTH + " levels");
        } catch (MarkedYamlEngineException e) {
            Position position = e.getProblemMark()
                    .or(e::getContextMark)
                    .map(YamlTree::position)
                    .orElse(Position.START);
            report(problems, position, explain(e.getProblem()));
        } catch (ReaderException e) {
            report(problems, positionOf(text, e.getPosition()), "a control character; only printable text is allowed");
        } catch (YamlEngineException e) {
            report(problems, Position.START, explain(null));
        }
        return null;
    }

    private static void report(Problems problems, Position position, String message) {
        problems.error(KeyPath.ROOT, position, "", "not valid YAML: " + message);
    }

    private static String explain(@Nullable String problem) {
        return EXPLANATIONS.stream()
                .filter(e -> problem != null && problem.contains(e.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("check the indentation, the quotes and the brackets here");
    }

    private @Nullable JsonNode document() {
        events.next(); // start of the stream
        if (!(events.next() instanceof DocumentStartEvent)) {
            report(problems, Position.START, "the file is empty; see config/sessiongate.yaml for an example");
            return null;
        }
        JsonNode tree = value(events.next(), KeyPath.ROOT);
        events.next(); // end of the document
        Event after = events.next();
        if (!(after instanceof StreamEndEvent)) {
            report(problems, position(after), "a second document begins here; a configuration is one document");
            return null;
        }
        return tree;
    }

    private JsonNode value(Event event, KeyPath path) {
        Position position = position(event);
        locations.value(path, position);
        if (event instanceof AliasEvent) {
            problems.error(path, "aliases (`*name`) are not supported; put a value that begins with `*` in quotes");
            return NODES.nullNode();
        }
        refuseAnchor(event, path);
        if (event instanceof ScalarEvent scalar) {
            refuseTag(scalar.getTag(), path);
            return scalar(scalar);
        }
        if (path.segments().size() >= MAX_DEPTH) {
            throw new TooDeep(position);
        }
        refuseTag(((CollectionStartEvent) event).getTag(), path);
        return event instanceof MappingStartEvent ? mapping(path) : list(path);
    }

    private void refuseAnchor(Event event, KeyPath path) {
        Optional<Anchor> anchor = event instanceof NodeEvent node ? node.getAnchor() : Optional.empty();
        if (anchor.isPresent()) {
            problems.error(path, "anchors (`&name`) are not supported; put a value that begins with `&` in quotes");
        }
    }

    private void refuseTag(Optional<String> tag, KeyPath path) {
        if (tag.isPresent()) {
            problems.error(path, "tags (`!name`) are not supported; put a value that begins with `!` in quotes");
        }
    }

    private JsonNode list(KeyPath path) {
        var list = NODES.arrayNode();
        for (Event event = events.next(); !(event instanceof CollectionEndEvent); event = events.next()) {
            list.add(value(event, path.child(list.size())));
        }
        return list;
    }

    private JsonNode mapping(KeyPath path) {
        var mapping = NODES.objectNode();
        for (Event event = events.next(); !(event instanceof CollectionEndEvent); event = events.next()) {
            if (!(event instanceof ScalarEvent key)) {
                problems.error(path.child("?"), position(event), path.toString(), "a key must be plain text");
                skip(event);
                skip(events.next());
                continue;
            }
            KeyPath child = path.child(key.getValue());
            if (mapping.has(key.getValue())) {
                int first = locations.ofKey(child).line();
                problems.error(child, position(key), child.toString(), "given twice, first in line " + first);
                skip(events.next());
                continue;
            }
            locations.key(child, position(key));
            if (key.getAnchor().isPresent() || key.getTag().isPresent()) {
                problems.errorAtKey(child, "anchors (`&name`) and tags (`!name`) are not supported");
            }
            JsonNode value = value(events.next(), child);
            if (key.isPlain() && key.getValue().equals("<<")) {
                problems.errorAtKey(child, "merge keys (`<<`) are not supported; write the keys out");
            } else {
                mapping.set(key.getValue(), value);
            }
        }
        return mapping;
    }

    private void skip(Event event) {
        int open = event instanceof CollectionStartEvent ? 1 : 0;
        while (open > 0) {
            Event next = events.next();
            open += next instanceof CollectionStartEvent ? 1 : next instanceof CollectionEndEvent ? -1 : 0;
        }
    }

    private static JsonNode scalar(ScalarEvent scalar) {
        String text = scalar.getValue();
        if (!scalar.isPlain()) {
            return NODES.stringNode(text);
        }
        return switch (text) {
            case "", "~", "null", "Null", "NULL" -> NODES.nullNode();
            case "true", "True", "TRUE" -> NODES.booleanNode(true);
            case "false", "False", "FALSE" -> NODES.booleanNode(false);
            default -> wholeNumberOrText(text);
        };
    }

    /** What a plain scalar of this text is: a whole number, or else text. */
    static JsonNode wholeNumberOrText(String text) {
        return WHOLE_NUMBER.matcher(text).matches() ? NODES.numberNode(Long.parseLong(text)) : NODES.stringNode(text);
    }

    private static Position position(Event event) {
        return event.getStartMark().map(YamlTree::position).orElse(Position.START);
    }

    private static Position position(Mark mark) {
        return new Position(mark.getLine() + 1, mark.getColumn() + 1);
    }

    private static Position positionOf(String text, int index) {
        String before = text.substring(0, Math.min(Math.max(index, 0), text.length()));
        int line = (int) before.chars().filter(c -> c == '\n').count() + 1;
        return new Position(line, before.length() - before.lastIndexOf('\n'));
    }

    /** Ends the recursion: only the text's author can cause it, so it is no bug. */
    private static final class TooDeep extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient Position position;

        TooDeep(Position position) {
            super(null, null, false, false);
            this.position = position;
        }
    }
}
