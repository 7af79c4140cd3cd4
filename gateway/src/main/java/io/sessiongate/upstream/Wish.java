package io.sessiongate.upstream;

import io.sessiongate.http.AddressBlock;
import org.jspecify.annotations.Nullable;

/** What a request asks an upstream for. Does not change until it is granted, refused or taken back. */
public interface Wish {

    /** Whether it has to be a new connection, because a kept one was stale. */
    boolean fresh();

    /** Whether the request has a body that is not here yet, so that who sends it decides how long. */
    boolean bodyComing();

    /** Whom it counts as; null for a proxy that is trusted, whose users are not told apart. */
    @Nullable AddressBlock client();

    /** The same number for all requests that one server should get. */
    long key();

    /** Servers that had it already, and are not asked again where there are others. */
    @Nullable Tried tried();

    UpstreamEvents events();
}
