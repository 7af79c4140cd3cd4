package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.process.ChildProcess;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;

/**
 * Someone under measurement.
 *
 * @param process whose processor time and memory count
 * @param tokens with which it is asked, in turn
 */
record Peer(PeerSpec spec, InetSocketAddress address, ChildProcess process, List<String> tokens) {

    String name() {
        return spec.name();
    }

    URI uri(String path) {
        return URI.create("http://" + address.getHostString() + ":" + address.getPort() + path);
    }
}
