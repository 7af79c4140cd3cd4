package io.sessiongate.benchmarks.peers;

import java.util.Arrays;

/** What is asked. */
enum Workload {
    SMALL("1k", "1 KiB answers", "GET", "/api/stats", 1024, 0, 1),
    LARGE("100k", "100 KiB answers", "GET", "/large", 100 * 1024, 0, 0.25),
    UPLOAD("upload", "10 KiB uploads", "POST", "/upload", 64, 10 * 1024, 0.5);

    private final String key;
    private final String text;
    private final String method;
    private final String path;
    private final int answerBytes;
    private final int requestBytes;
    private final double rateShare;

    Workload(String key, String text, String method, String path, int answerBytes, int requestBytes, double rateShare) {
        this.key = key;
        this.text = text;
        this.method = method;
        this.path = path;
        this.answerBytes = answerBytes;
        this.requestBytes = requestBytes;
        this.rateShare = rateShare;
    }

    static Workload of(String key) {
        return Arrays.stream(values())
                .filter(w -> w.key.equals(key))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no workload is called " + key));
    }

    String key() {
        return key;
    }

    String text() {
        return text;
    }

    String method() {
        return method;
    }

    String path() {
        return path;
    }

    /** Length of the answer's body. */
    int answerBytes() {
        return answerBytes;
    }

    /** Length of the request's body, 0 for none. */
    int requestBytes() {
        return requestBytes;
    }

    /** Of the fixed rate, so that each workload is far from anybody's limit. */
    int rate(int rate) {
        return (int) Math.round(rate * rateShare);
    }
}
