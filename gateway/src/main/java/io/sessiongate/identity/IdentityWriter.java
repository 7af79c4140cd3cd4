package io.sessiongate.identity;

import io.sessiongate.config.IdentityConfig;
import io.sessiongate.http.FieldLine;
import io.sessiongate.http.RequestHead;
import io.sessiongate.metrics.IdentityMeters;
import io.sessiongate.session.Attributes;
import io.sessiongate.session.SessionVerdict;
import io.sessiongate.token.ClaimPath;
import io.sessiongate.token.VerifiedToken;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells the application who is asking, in the headers of one realm and in a signed assertion. For any event loop.
 *
 * <p>Header text is worked out, and the assertion signed, once a token, not once a request: both are kept with the token, so
 * that the bound on remembered tokens bounds them as well, and as long as checks find the same attributes of the session:
 * with another role or address of theirs both are made anew at once. An assertion is
 * reused until a third of its life is left, at least 10 s (of a life under 20 s, half), so that the application has time
 * to use it and a session of 60 s assertions costs a signature every 40 s. Its {@code checked_at} is the last check known
 * when it was signed; there may have been one since.
 *
 * <p>Values are header text as {@link HeaderText} makes it. A claim or attribute that is missing, empty, or that a header
 * cannot carry, and an empty set of roles, leave their header out. Roles that the session's check found count in place of
 * the token's.
 */
public final class IdentityWriter {

    private final @Nullable String subjectHeader;
    private final @Nullable String sessionHeader;
    private final @Nullable String rolesHeader;
    private final List<ClaimHeader> claimHeaders = new ArrayList<>();
    private final List<AttributeField> attributeHeaders;
    private final @Nullable AssertionSigner signer;
    private final Offload offload;
    private final IdentityMeters meters;

    /** Builds the writer of a realm whose checks bring nothing along. */
    public IdentityWriter(
            IdentityConfig config, Offload offload, InstantSource clock, LongSupplier nanoTime, IdentityMeters meters) {
        this(config, List.of(), offload, clock, nanoTime, meters);
    }

    /**
     * Builds the writer of a realm.
     *
     * @param attributes names of what its checks bring along, in the order in which they do
     * @param offload takes signatures other than HMAC
     * @param nanoTime monotonic time in nanoseconds
     * @throws IllegalArgumentException with a sentence for the user when the assertion's key or algorithm do not fit
     */
    public IdentityWriter(
            IdentityConfig config,
            List<String> attributes,
            Offload offload,
            InstantSource clock,
            LongSupplier nanoTime,
            IdentityMeters meters) {
        this.subjectHeader = config.subjectHeader();
        this.sessionHeader = config.sessionHeader();
        this.rolesHeader = config.rolesHeader();
        config.claimHeaders().forEach((name, path) -> claimHeaders.add(new ClaimHeader(name, new ClaimPath(path))));
        this.attributeHeaders = config.attributeHeaders().entrySet().stream()
                .map(entry -> AttributeField.of(entry.getKey(), entry.getValue(), attributes))
                .toList();
        this.signer = config.assertion() == null
                ? null
                : new AssertionSigner(
                        config.assertion(),
                        config.assertion().attributes().stream()
                                .map(name -> AttributeField.of(name, name, attributes))
                                .toList(),
                        clock,
                        nanoTime,
                        meters);
        this.offload = offload;
        this.meters = meters;
    }

    /**
     * Writes who is asking. What the client sent under these names was removed before.
     *
     * @param audience name of the upstream
     * @param loop the request's event loop
     * @param then runs once all is written: before this returns, or, where a signature is waited for, on the loop
     */
    public void write(
            RequestHead head,
            VerifiedToken token,
            SessionVerdict.Live session,
            String audience,
            Executor loop,
            Runnable then) {
        Attributes attributes = session.attributes();
        Identity identity = token.derived() instanceof Identity known && known.by == this && known.fits(attributes)
                ? known
                : identify(token, attributes);
        for (FieldLine field : identity.fields) {
            head.set(field);
        }
        if (signer == null) {
            then.run();
        } else {
            slot(identity, signer, audience).write(head, token, audience, session.checkedAtEpochMillis(), loop, then);
        }
    }

    /** The public key of the assertions as a JWK, or null where there is none to publish. */
    @Nullable String publicJwk() {
        return signer == null ? null : signer.publicJwk();
    }

    private AssertionSlot slot(Identity identity, AssertionSigner signer, String audience) {
        AssertionSlot slot = identity.assertions.get(audience);
        return slot != null
                ? slot
                : identity.assertions.computeIfAbsent(
                        audience, a -> new AssertionSlot(signer, identity.attributes, offload, meters));
    }

    /** Makes it anew, once for all who find it missing or of other attributes at the same time. */
    private Identity identify(VerifiedToken token, Attributes attributes) {
        Identity made = null;
        while (true) {
            Object seen = token.derived();
            if (seen instanceof Identity known && known.by == this && known.fits(attributes)) {
                return known;
            }
            if (made == null) {
                made = made(token, attributes);
            }
            if (token.derived(seen, made)) {
                return made;
            }
        }
    }

    private Identity made(VerifiedToken token, Attributes attributes) {
        var fields = new ArrayList<FieldLine>();
        add(fields, subjectHeader, HeaderText.of(Subject.of(token, attributes)));
        add(fields, sessionHeader, HeaderText.of(token.sessionId()));
        Set<String> sorted = new TreeSet<>(Roles.of(token, attributes));
        add(fields, rolesHeader, sorted.isEmpty() ? null : HeaderText.list(sorted));
        for (ClaimHeader claim : claimHeaders) {
            add(fields, claim.name(), claim.valueIn(token.claims()));
        }
        for (AttributeField attribute : attributeHeaders) {
            String value = attribute.valueIn(attributes);
            add(fields, attribute.name(), value == null || value.isEmpty() ? null : HeaderText.of(value));
        }
        return new Identity(this, fields.toArray(FieldLine[]::new), attributes);
    }

    private static void add(List<FieldLine> fields, @Nullable String name, @Nullable String value) {
        if (name != null && value != null) {
            fields.add(FieldLine.of(name, value));
        }
    }

    /**
     * What is remembered of a token; assertions by audience, of which there are as many as upstreams. It holds for one state
     * of the session's attributes: another state has another identity, and so assertions of its own.
     */
    private static final class Identity {

        private final IdentityWriter by;
        private final FieldLine[] fields;
        private final Map<String, AssertionSlot> assertions = new ConcurrentHashMap<>(2);

        /** Replaced by an equal one as checks find the same again, so that the next comparison is one of references. */
        private volatile Attributes attributes;

        Identity(IdentityWriter by, FieldLine[] fields, Attributes attributes) {
            this.by = by;
            this.fields = fields;
            this.attributes = attributes;
        }

        @SuppressWarnings("ReferenceEquality") // nearly always the same object, and this is every request's way
        boolean fits(Attributes now) {
            Attributes known = attributes;
            if (known == now) {
                return true;
            }
            if (!known.equals(now)) {
                return false;
            }
            attributes = now;
            return true;
        }
    }
}
