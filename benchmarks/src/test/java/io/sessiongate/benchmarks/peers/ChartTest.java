package io.sessiongate.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class ChartTest {

    private static final List<Chart.Bar> BARS =
            List.of(new Chart.Bar("a <b> & \"c\"", 5, 10, true), new Chart.Bar("twice as long", 20, 10, false));

    @Test
    void drawsBarsAsLongAsTheirNumbers() throws Exception {
        List<Double> widths = rectangles("user").stream()
                .map(r -> Double.valueOf(r.getAttribute("width")))
                .toList();

        // The legend's square, then both bars: 5 and 20 µs.
        assertThat(widths).hasSize(3);
        assertThat(widths.get(2)).isCloseTo(4 * widths.get(1), within(0.3));
    }

    @Test
    void cutsABarThatWouldLeaveTheOthersWithoutALength() {
        var bars = List.of(
                new Chart.Bar("a", 5, 10, true),
                new Chart.Bar("b", 10, 10, false),
                new Chart.Bar("c", 700, 100, false));

        assertThat(Chart.svg("title", bars)).containsOnlyOnce("class=\"cut\"").contains("800.0 µs");
        assertThat(Chart.svg("title", BARS)).doesNotContain("class=\"cut\"");
    }

    @Test
    void marksOurs() throws Exception {
        assertThat(rectangles("mine")).hasSize(2);
    }

    @Test
    void showsNamesAsTheyAre() throws Exception {
        assertThat(document().getDocumentElement().getTextContent())
                .contains("a <b> & \"c\"")
                .contains("30.0 µs");
    }

    @Test
    void hasColoursForDarkPages() {
        assertThat(Chart.svg("title", BARS)).contains("prefers-color-scheme: dark");
    }

    private static List<Element> rectangles(String type) throws Exception {
        var all = document().getElementsByTagName("rect");
        return IntStream.range(0, all.getLength())
                .mapToObj(i -> (Element) all.item(i))
                .filter(r -> List.of(r.getAttribute("class").split(" ", -1)).contains(type))
                .toList();
    }

    private static Document document() throws Exception {
        byte[] svg = Chart.svg("title", BARS).getBytes(StandardCharsets.UTF_8);
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(svg));
    }
}
