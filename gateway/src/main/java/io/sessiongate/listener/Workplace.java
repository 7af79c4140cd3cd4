package io.sessiongate.listener;

import io.sessiongate.http.WireRequest;

/**
 * What an exchange works with that need not be made anew for each: one a connection, for one exchange after the other. The
 * one before is done when another begins; what comes late to that finds it so, and touches nothing here. Confined to the
 * connection's event loop.
 */
final class Workplace {

    final Upload upload;
    final Download download;
    final NextHop hop;
    final Outcome outcome = new Outcome();
    final Patience patience;

    Workplace(ClientSide client, Wiring wiring) {
        this.upload = new Upload(client, wiring);
        this.hop = new NextHop(client.shared().upstreams(), client.peer(), upload);
        this.download = new Download(client);
        this.patience = new Patience(client, wiring.timeouts(), wiring.nanoTime());
    }

    /** Another exchange begins. */
    void begin(WireRequest head) {
        upload.begin(head.http10());
        hop.begin();
        download.begin(head.method().equals("HEAD"), head.http10());
        outcome.begin();
        patience.begin();
    }
}
