package io.sessiongate.token;

import io.sessiongate.config.PemKeys;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Reads small documents from the network: one GET, answered 200, of at most {@link JwkSet#MAX_BYTES}, over in
 * {@link #DEADLINE} whatever the other side does. No redirect is followed, to wherever: it would let whoever can answer
 * once choose where keys come from. Certificates and host names are verified. For any thread; it blocks none but those
 * of the executor, which may wait for the system's resolver.
 */
final class KeyFetcher {

    /** Of a whole reading; a request that waits for it waits as long. */
    static final Duration DEADLINE = Duration.ofSeconds(5);

    private static final Duration CONNECT = Duration.ofSeconds(3);

    private final HttpClient client;

    private KeyFetcher(HttpClient client) {
        this.client = client;
    }

    /**
     * One that believes these authorities.
     *
     * @param authorities PEM certificates; empty means those of the system
     */
    static KeyFetcher trusting(String authorities, Executor executor) {
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT)
                .executor(executor);
        if (!authorities.isEmpty()) {
            builder.sslContext(trust(authorities));
        }
        return new KeyFetcher(builder.build());
    }

    /** The document; fails with an {@link IllegalArgumentException} that has a sentence. */
    CompletableFuture<byte[]> get(URI url) {
        HttpRequest request = HttpRequest.newBuilder(url)
                .timeout(DEADLINE)
                .header("Accept", "application/json")
                .build();
        CompletableFuture<HttpResponse<byte[]>> answer =
                client.sendAsync(request, info -> new Bounded(info.statusCode() == 200 ? JwkSet.MAX_BYTES : 0));
        CompletableFuture<byte[]> document = answer.thenApply(KeyFetcher::body)
                .orTimeout(DEADLINE.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionallyCompose(fault -> CompletableFuture.failedFuture(said(fault)));
        // A body that never ends would go on after its deadline.
        return document.whenComplete((body, fault) -> answer.cancel(true));
    }

    private static byte[] body(HttpResponse<byte[]> response) {
        if (response.statusCode() != 200) {
            throw new IllegalArgumentException("it answered " + response.statusCode()
                    + (response.statusCode() / 100 == 3 ? ", and redirects are not followed" : ""));
        }
        return response.body();
    }

    /** The fault as a sentence, without anything that the other side wrote. */
    private static IllegalArgumentException said(Throwable thrown) {
        Throwable fault =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (fault instanceof IllegalArgumentException known) {
            return known;
        }
        if (fault instanceof TimeoutException || fault instanceof HttpTimeoutException) {
            return new IllegalArgumentException("there was no whole answer within " + DEADLINE.toSeconds() + " s");
        }
        if (fault instanceof ConnectException) {
            return new IllegalArgumentException("nothing listens there, or its name has no address");
        }
        if (fault instanceof SSLException) {
            return new IllegalArgumentException("its certificate is not trusted, or is for another name");
        }
        if (fault instanceof TooLarge) {
            return new IllegalArgumentException("it is larger than " + JwkSet.MAX_BYTES / 1024 + " KiB");
        }
        return new IllegalArgumentException("the answer is no HTTP, or broke off");
    }

    private static SSLContext trust(String pem) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            List<X509Certificate> certificates = PemKeys.certificates(pem);
            for (int i = 0; i < certificates.size(); i++) {
                store.setCertificateEntry(String.valueOf(i), certificates.get(i));
            }
            var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("the authorities cannot be used", e);
        }
    }

    private static final class TooLarge extends IOException {
        private static final long serialVersionUID = 1;
    }

    /** Keeps a body up to a bound, and hangs up beyond it; with a bound of 0 no body is wanted. */
    private static final class Bounded implements BodySubscriber<byte[]> {

        private final int maxBytes;
        private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
        private final ByteArrayOutputStream received = new ByteArrayOutputStream();
        private Flow.@Nullable Subscription subscription;

        Bounded(int maxBytes) {
            this.maxBytes = maxBytes;
        }

        @Override
        public CompletionStage<byte[]> getBody() {
            return whole;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            this.subscription = subscription;
            if (maxBytes == 0) {
                subscription.cancel();
                whole.complete(new byte[0]);
            } else {
                subscription.request(Long.MAX_VALUE);
            }
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            for (ByteBuffer buffer : buffers) {
                if (buffer.remaining() > maxBytes - received.size()) {
                    Objects.requireNonNull(subscription).cancel();
                    whole.completeExceptionally(new TooLarge());
                    return;
                }
                byte[] bytes = new byte[buffer.remaining()];
                buffer.get(bytes);
                received.writeBytes(bytes);
            }
        }

        @Override
        public void onError(Throwable fault) {
            whole.completeExceptionally(fault);
        }

        @Override
        public void onComplete() {
            whole.complete(received.toByteArray());
        }
    }
}
