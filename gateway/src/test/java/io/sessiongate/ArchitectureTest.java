package io.sessiongate;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The order of the house: imports point right only, and a third-party library stays in its one room. */
class ArchitectureTest {

    private static final List<String> ORDER = List.of(
            "cli",
            "app",
            "listener",
            "flow",
            "upstream",
            "identity",
            "session",
            "token",
            "route",
            "metrics",
            "config",
            "http");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.sessiongate");

    @Test
    void importsPointRightOnly() {
        for (int i = 1; i < ORDER.size(); i++) {
            noClasses()
                    .that()
                    .resideInAPackage("io.sessiongate." + ORDER.get(i) + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(packages(ORDER.subList(0, i)))
                    .check(CLASSES);
        }
    }

    @Test
    void everyClassHasItsRoom() {
        classes()
                .that()
                .doNotHaveSimpleName("package-info")
                .should()
                .resideInAnyPackage(packages(ORDER))
                .check(CLASSES);
    }

    @Test
    void policiesKnowNothingButJava() {
        noClasses()
                .that()
                .resideInAPackage("..policy..")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages("java..", "org.jspecify..", "io.sessiongate..policy..")
                .check(CLASSES);
    }

    @Test
    void onlyTheWireKnowsNetty() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "io.sessiongate.listener..",
                        "io.sessiongate.upstream..",
                        "io.sessiongate.http..",
                        "io.sessiongate.app..")
                // Vert.x has no way to close a socket at once: this class is why the rest of its room needs none of
                // Netty.
                .and(DescribedPredicate.describe(
                        "are not VertxSockets", c -> !outermost(c).equals("io.sessiongate.session.VertxSockets")))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty..")
                .check(CLASSES);
    }

    @Test
    void oneClassKnowsThePgClient() {
        onlyOneClassKnows("io.vertx.sqlclient..", "io.vertx.pgclient..");
    }

    @Test
    void oneClassKnowsJjwt() {
        onlyOneClassKnows("io.jsonwebtoken..");
    }

    @Test
    void oneClassKnowsTheBuckets() {
        onlyOneClassKnows("io.github.bucket4j..");
    }

    @Test
    void oneClassKnowsYaml() {
        onlyOneClassKnows("org.snakeyaml..", "tools.jackson.dataformat.yaml..");
    }

    @Test
    void oneClassKnowsTheSchemaLibrary() {
        onlyOneClassKnows("com.networknt..");
    }

    @Test
    void nothingSleeps() {
        noClasses()
                .should()
                .callMethodWhere(target(owner(type(Thread.class))).and(target(name("sleep"))))
                .orShould()
                .callMethodWhere(target(owner(type(TimeUnit.class))).and(target(name("sleep"))))
                .because("every wait is a deadline on a timer")
                .check(CLASSES);
    }

    /** {@code String.split} by one plain character compiles none. */
    @Test
    void noPatternRunsOnTheRequestPath() {
        noClasses()
                .that()
                .resideInAnyPackage(packages(
                        List.of("listener", "flow", "upstream", "identity", "session", "token", "route", "http")))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.regex..")
                .orShould()
                .callMethodWhere(
                        target(owner(type(String.class))).and(target(nameMatching("matches|replaceAll|replaceFirst"))))
                .because("a client chooses the text, and so the time")
                .check(CLASSES);
    }

    private static void onlyOneClassKnows(String... packages) {
        assertThat(CLASSES.stream()
                        .filter(c -> c.getDirectDependenciesFromSelf().stream()
                                .anyMatch(d -> JavaClass.Predicates.resideInAnyPackage(packages)
                                        .test(d.getTargetClass())))
                        .map(ArchitectureTest::outermost)
                        .distinct())
                .as("classes that know " + String.join(", ", packages))
                .hasSize(1);
    }

    private static String[] packages(List<String> rooms) {
        return rooms.stream().map(room -> "io.sessiongate." + room + "..").toArray(String[]::new);
    }

    private static String outermost(JavaClass c) {
        int dollar = c.getName().indexOf('$');
        return dollar < 0 ? c.getName() : c.getName().substring(0, dollar);
    }
}
