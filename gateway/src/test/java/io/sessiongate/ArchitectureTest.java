package io.sessiongate;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
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
            String[] left = ORDER.subList(0, i).stream()
                    .map(p -> "io.sessiongate." + p + "..")
                    .toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage("io.sessiongate." + ORDER.get(i) + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(left)
                    .allowEmptyShould(true)
                    .check(CLASSES);
        }
    }

    @Test
    void policiesKnowNothingButJava() {
        noClasses()
                .that()
                .resideInAPackage("..policy..")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages("java..", "org.jspecify..", "io.sessiongate..policy..")
                .allowEmptyShould(true)
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
    void oneClassKnowsYaml() {
        onlyOneClassKnows("org.snakeyaml..");
    }

    @Test
    void oneClassKnowsTheSchemaLibrary() {
        onlyOneClassKnows("com.networknt..");
    }

    private static void onlyOneClassKnows(String... packages) {
        var knowing = CLASSES.stream()
                .filter(c -> c.getDirectDependenciesFromSelf().stream()
                        .anyMatch(d -> JavaClass.Predicates.resideInAnyPackage(packages)
                                .test(d.getTargetClass())))
                .map(ArchitectureTest::outermost)
                .distinct()
                .toList();
        noClasses()
                .that(DescribedPredicate.describe(
                        "know " + String.join(", ", packages) + " beside the first",
                        c -> knowing.size() > 1 && knowing.contains(c.getName())))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages)
                .allowEmptyShould(true)
                .because("each library stays behind one class; now it is known to " + knowing)
                .check(CLASSES);
    }

    private static String outermost(JavaClass c) {
        int dollar = c.getName().indexOf('$');
        return dollar < 0 ? c.getName() : c.getName().substring(0, dollar);
    }
}
