package io.sessiongate.app.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemdSocketsTest {

    private static final long PID = 4711;
    private static final String NEVER_BLOCKS = "pos:\t0\nflags:\t02004002\nmnt_id:\t9\n";
    private static final String BLOCKS = "pos:\t0\nflags:\t02000002\nmnt_id:\t9\n";

    @TempDir
    private Path descriptors;

    private final Map<String, String> environment = new HashMap<>(Map.of("LISTEN_PID", "4711", "LISTEN_FDS", "2"));

    private void descriptor(int number, String information) throws IOException {
        Files.writeString(descriptors.resolve(Integer.toString(number)), information);
    }

    private List<Integer> found() {
        return SystemdSockets.descriptors(environment::get, PID, descriptors);
    }

    @Test
    void findsTheDescriptorsFromThreeOn() throws IOException {
        descriptor(3, NEVER_BLOCKS);
        descriptor(4, NEVER_BLOCKS);
        assertThat(found()).containsExactly(3, 4);
    }

    @Test
    void leavesAloneWhatIsMeantForAnotherProcess() {
        environment.put("LISTEN_PID", "4712");
        assertThat(found()).isEmpty();
    }

    @Test
    void findsNothingWithoutActivation() {
        environment.clear();
        assertThat(found()).isEmpty();
    }

    @Test
    void refusesASocketThatWouldStopALoop() throws IOException {
        descriptor(3, NEVER_BLOCKS);
        descriptor(4, BLOCKS);
        assertThatThrownBy(this::found).hasMessageContaining("socket 4").hasMessageContaining("NonBlocking=true");
    }

    @Test
    void refusesANumberThatIsNone() {
        environment.put("LISTEN_FDS", "many");
        assertThatThrownBy(this::found).hasMessageContaining("LISTEN_FDS is many");
    }
}
