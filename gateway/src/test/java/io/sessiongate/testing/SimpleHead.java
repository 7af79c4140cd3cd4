package io.sessiongate.testing;

import io.sessiongate.http.RequestHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A request head in memory; not for several threads at once. */
public final class SimpleHead implements RequestHead {

    private final List<Map.Entry<String, String>> fields = new ArrayList<>();
    private final String method;
    private String target;

    public SimpleHead(String method, String target) {
        this.method = method;
        this.target = target;
    }

    /** A GET with these fields: name, value, name, value. */
    public static SimpleHead get(String target, String... namesAndValues) {
        var head = new SimpleHead("GET", target);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            head.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return head;
    }

    /** The names in order. */
    public List<String> names() {
        return fields.stream().map(Map.Entry::getKey).toList();
    }

    @Override
    public String method() {
        return method;
    }

    @Override
    public String target() {
        return target;
    }

    @Override
    public void target(String target) {
        this.target = target;
    }

    @Override
    public @Nullable String first(CharSequence name) {
        List<String> all = all(name);
        return all.isEmpty() ? null : all.get(0);
    }

    @Override
    public List<String> all(CharSequence name) {
        return fields.stream()
                .filter(field -> field.getKey().equalsIgnoreCase(name.toString()))
                .map(Map.Entry::getValue)
                .toList();
    }

    @Override
    public void forEach(FieldVisitor visitor) {
        fields.forEach(field -> visitor.field(field.getKey(), field.getValue()));
    }

    @Override
    public void set(CharSequence name, CharSequence value) {
        remove(name);
        add(name, value);
    }

    @Override
    public void add(CharSequence name, CharSequence value) {
        fields.add(Map.entry(name.toString(), value.toString()));
    }

    @Override
    public void remove(CharSequence name) {
        fields.removeIf(field -> field.getKey().equalsIgnoreCase(name.toString()));
    }

    @Override
    public void removeNames(Predicate<? super CharSequence> name) {
        fields.removeIf(field -> name.test(field.getKey()));
    }
}
