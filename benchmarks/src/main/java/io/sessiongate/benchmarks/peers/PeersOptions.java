package io.sessiongate.benchmarks.peers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What the command line may change.
 *
 * @param only keys of peers; empty means all but Spring
 * @param rounds odd numbers have a true median
 * @param slice length of one measurement
 * @param warmUp longest time given to a JIT before the first measurement
 * @param rate requests a second of the paced part
 * @param users distinct tokens, each with a session
 * @param idle connections that rest while memory is looked at; 0 leaves that out
 * @param save file for the numbers, empty for none
 * @param chart folder for the charts, empty for none
 * @param render a saved file to print instead of measuring, empty to measure
 * @param profile {@code jfr}, {@code perf} or empty
 * @param proxyCpu the processor of whoever is measured
 * @param otherCpu the processor of everything else
 * @param nice priority of all of them
 */
record PeersOptions(
        List<String> only,
        List<Variant> variants,
        List<Workload> workloads,
        List<Integer> connections,
        List<String> modes,
        int rounds,
        Duration slice,
        Duration warmUp,
        int rate,
        int users,
        int idle,
        String save,
        String chart,
        String render,
        String profile,
        boolean spring,
        int proxyCpu,
        int otherCpu,
        int nice) {

    static final String SATURATED = "saturated";
    static final String PACED = "paced";

    static final String HELP = """
            usage: benchmarks/peers [options]
              --only nginx,sessiongate   of direct, nginx, nginx-auth, haproxy, haproxy-hs256, haproxy-rs256, spring, sessiongate
              --workload 1k,100k,upload  what is asked
              --connections 64,10000     kept alive
              --mode saturated,paced     as fast as it goes, and at a fixed rate
              --rate 9600                requests a second of the paced part (100k: a quarter, upload: half)
              --rounds 5 --seconds 6     so many measurements of everyone, so long each
              --warm-up 120              seconds given to a JIT at most, until three slices cost the same and it rests
              --users 1000               distinct tokens, each with a session
              --idle 10000               connections that rest while memory is looked at; 0 leaves that out
              --quick                    --workload 1k --connections 64 --idle 0
              --spring                   with Spring Cloud Gateway, which Maven has to resolve and build
              --save FILE --chart FOLDER write numbers, draw charts
              --render FILE              print the tables of a saved run (and draw), measure nothing
              --profile jfr|perf         profile Sessiongate and its variants instead, in the first scenario
              --proxy-cpu 0 --other-cpu 1
              --nice -15                 priority of everyone who takes part, for a machine that does other things as well
            Sessiongate once more in the same rounds; options with the same label make one variant:
              --variant "LABEL:-XX:+UseZGC ..."    options of the JVM
              --variant-jar LABEL=JAR              another build of sessiongate.jar
              --variant-checkout LABEL=FOLDER      another checkout, by its own launcher
              --variant-jdk LABEL=JAVA_HOME        another JVM
              --variant-yaml "LABEL=KEY: VALUE"    top-level keys of the configuration
              --variant-upstream "LABEL=KEY: VALUE, ..."  keys of the upstream; {socket} is the application's Unix-domain socket
            """;

    /** Everyone who is to be measured, in the order of the tables. */
    List<PeerSpec> specs() {
        var specs = new ArrayList<PeerSpec>();
        for (PeerSpec spec : PeerSpec.ALL) {
            if (only.isEmpty() ? spring || !spec.equals(PeerSpec.SPRING) : only.contains(spec.key())) {
                specs.add(spec);
            }
        }
        variants.forEach(v -> specs.add(PeerSpec.of(v)));
        return specs;
    }

    /** Every way of asking, those of one workload together. */
    List<Scenario> scenarios() {
        var scenarios = new ArrayList<Scenario>();
        for (Workload workload : workloads) {
            for (int count : connections) {
                for (String mode : modes) {
                    scenarios.add(new Scenario(workload, count, mode.equals(PACED) ? workload.rate(rate) : 0));
                }
            }
        }
        return scenarios;
    }
}
