package io.sessiongate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.ConnectException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DialerTest {

    /** As with NIO: in classes loaded anew nothing native is linked, whatever other tests of this process have loaded. */
    @Test
    void tellsARefusalWithoutTheNativeLibrary() throws Exception {
        List<URL> classes = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            classes.add(Path.of(entry).toUri().toURL());
        }
        try (URLClassLoader anew =
                new URLClassLoader(classes.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            Method backlogFull =
                    anew.loadClass(Dialer.class.getName()).getDeclaredMethod("backlogFull", Throwable.class);
            backlogFull.setAccessible(true);
            assertThat(backlogFull.invoke(null, new ConnectException("Connection refused: /127.0.0.1:1")))
                    .isEqualTo(false);
            assertThat(backlogFull.invoke(null, new IOException())).isEqualTo(false);
        }
    }
}
