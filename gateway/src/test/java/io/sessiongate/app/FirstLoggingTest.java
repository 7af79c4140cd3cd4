package io.sessiongate.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.Configurator.ExecutionStatus;
import ch.qos.logback.core.ConsoleAppender;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

/** The log of commands, and of a start until its configuration is read. */
class FirstLoggingTest {

    @Test
    void writesWarningsToStandardError() {
        LoggerContext context = new LoggerContext();

        ExecutionStatus next = new FirstLogging().configure(context);

        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        assertThat(root.getLevel()).isEqualTo(Level.WARN);
        assertThat(root.getAppender("stderr")).isInstanceOfSatisfying(ConsoleAppender.class, appender -> {
            assertThat(appender.isStarted()).isTrue();
            assertThat(appender.getTarget()).isEqualTo("System.err");
        });
        assertThat(next).isEqualTo(ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY);
        context.stop();
    }

    @Test
    void leavesTheLogToAFileThatIsNamed() {
        LoggerContext context = new LoggerContext();
        System.setProperty("logback.configurationFile", "somewhere.xml");
        try {
            assertThat(new FirstLogging().configure(context)).isEqualTo(ExecutionStatus.INVOKE_NEXT_IF_ANY);
        } finally {
            System.clearProperty("logback.configurationFile");
        }
        assertThat(context.getLogger(Logger.ROOT_LOGGER_NAME).iteratorForAppenders())
                .isExhausted();
    }

    @Test
    void isFoundByLogback() {
        assertThat(ServiceLoader.load(Configurator.class)).hasAtLeastOneElementOfType(FirstLogging.class);
    }
}
