package io.sessiongate.testing;

import io.sessiongate.http.ResponseHead;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A response head in memory; not for several threads at once. */
public final class SimpleAnswer implements ResponseHead {

    private final SimpleHead fields = new SimpleHead("", "");
    private final int status;

    private SimpleAnswer(int status) {
        this.status = status;
    }

    /** A 200 with these fields: name, value, name, value. */
    public static SimpleAnswer ok(String... namesAndValues) {
        return of(200, namesAndValues);
    }

    public static SimpleAnswer of(int status, String... namesAndValues) {
        var answer = new SimpleAnswer(status);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            answer.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return answer;
    }

    public List<String> names() {
        return fields.names();
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public @Nullable String first(CharSequence name) {
        return fields.first(name);
    }

    @Override
    public List<String> all(CharSequence name) {
        return fields.all(name);
    }

    @Override
    public void forEach(FieldVisitor visitor) {
        fields.forEach(visitor);
    }

    @Override
    public void set(CharSequence name, CharSequence value) {
        fields.set(name, value);
    }

    @Override
    public void add(CharSequence name, CharSequence value) {
        fields.add(name, value);
    }

    @Override
    public void remove(CharSequence name) {
        fields.remove(name);
    }

    @Override
    public void removeNames(Predicate<? super CharSequence> name) {
        fields.removeNames(name);
    }
}
