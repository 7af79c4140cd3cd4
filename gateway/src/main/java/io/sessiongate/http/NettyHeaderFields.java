package io.sessiongate.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** {@link HeaderFields} over Netty's headers, in place: no field is copied. Confined to the connection's event loop. */
abstract class NettyHeaderFields implements HeaderFields {

    private final HttpHeaders headers;

    NettyHeaderFields(HttpHeaders headers) {
        this.headers = headers;
    }

    @Override
    public final @Nullable String first(CharSequence name) {
        return headers.get(name);
    }

    @Override
    public final List<String> all(CharSequence name) {
        return headers.getAll(name);
    }

    @Override
    public final void forEach(FieldVisitor visitor) {
        Iterator<Map.Entry<CharSequence, CharSequence>> fields = headers.iteratorCharSequence();
        while (fields.hasNext()) {
            Map.Entry<CharSequence, CharSequence> field = fields.next();
            visitor.field(field.getKey(), field.getValue());
        }
    }

    @Override
    public final void set(CharSequence name, CharSequence value) {
        headers.set(name, value);
    }

    @Override
    public final void add(CharSequence name, CharSequence value) {
        headers.add(name, value);
    }

    @Override
    public final void remove(CharSequence name) {
        headers.remove(name);
    }

    /** Netty's iterator cannot remove; nearly always there is nothing to, and then nothing is allocated but it. */
    @Override
    public final void removeNames(Predicate<? super CharSequence> name) {
        List<CharSequence> found = null;
        Iterator<Map.Entry<CharSequence, CharSequence>> fields = headers.iteratorCharSequence();
        while (fields.hasNext()) {
            CharSequence candidate = fields.next().getKey();
            if (name.test(candidate)) {
                found = found == null ? new ArrayList<>(4) : found;
                found.add(candidate);
            }
        }
        if (found != null) {
            found.forEach(headers::remove);
        }
    }
}
