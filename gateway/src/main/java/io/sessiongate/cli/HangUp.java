package io.sessiongate.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The signal SIGHUP, which daemons take as a wish to read their configuration again, and which would end the JVM otherwise. The JDK
 * has no supported way to it: {@code sun.misc.Signal} of the module {@code jdk.unsupported} is what there is, reached by reflection so
 * that a JDK without it, or a system without the signal, still starts.
 */
final class HangUp {

    private static final Logger LOG = LoggerFactory.getLogger(HangUp.class);

    private HangUp() {}

    /** Runs that on each SIGHUP from now on, on a thread of the JVM's; says whether there is such a signal here. */
    static boolean runs(Runnable task) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    HangUp.class.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                        switch (method.getName()) {
                            case "handle" -> task.run();
                            case "equals" -> {
                                return arguments != null && self == arguments[0];
                            }
                            case "hashCode" -> {
                                return System.identityHashCode(self);
                            }
                            default -> {
                                return "HangUp";
                            }
                        }
                        return null;
                    });
            Object hup = signal.getConstructor(String.class).newInstance("HUP");
            signal.getMethod("handle", signal, handler).invoke(null, hup, proxy);
            return true;
        } catch (InvocationTargetException e) {
            LOG.atInfo().addKeyValue("reason", String.valueOf(e.getCause())).log("SIGHUP does not reload here");
        } catch (ReflectiveOperationException e) {
            LOG.atInfo().addKeyValue("reason", e.toString()).log("SIGHUP does not reload here");
        }
        return false;
    }
}
