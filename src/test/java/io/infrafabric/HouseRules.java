package io.infrafabric;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.scheduler.Scheduled;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How the rules of the house are seen to, for any tables and any classes. */
final class HouseRules {
    /** Shorter than this is no essay. */
    static final int ESSAY = 400;

    /** What its name says: these run on Quarkus. Everything else in a function's room is plain Java. */
    private static final Pattern ON_QUARKUS =
            Pattern.compile(".*(Function|Resource|Store|Table|Transaction|Before|Row|Config|Tools)");

    private static final String[] QUARKUS = {"io.quarkus..", "jakarta..", "io.vertx..", "org.hibernate.."};

    /** The packages of Hibernate that every room may use. */
    private static final Set<String> PUBLIC_FACE = Set.of("org.hibernate.reactive.mutiny", "org.hibernate.annotations");

    private static final Set<String> OPENERS = Set.of("Transactions", "Commands", "Pipeline", "GroupCommit");

    private static final Pattern SQL = Pattern.compile("\"\\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH) ");

    private HouseRules() {}

    static ArchRule arrows(String root, Map<String, Set<String>> table) {
        return ArchRuleDefinition.classes().should(condition("use only what the table allows", (type, events) -> {
            String from = room(root, type);
            if (!table.containsKey(from)) {
                report(events, type, from + " has no row in the table: " + type.getName());
                return;
            }
            for (Dependency arrow : type.getDirectDependenciesFromSelf()) {
                String to = room(root, arrow.getTargetClass());
                if (!to.isEmpty() && !to.equals(from) && !table.get(from).contains(to)) {
                    report(events, type, arrow.getDescription());
                }
            }
        }));
    }

    /** No time of the JVM; what the clock of the database said is a parameter. */
    static ArchRule clocks(String room) {
        return ArchRuleDefinition.classes()
                .that()
                .resideInAPackage(room)
                .should(condition("go by the database's clock", (type, events) -> {
                    for (JavaAccess<?> call : type.getAccessesFromSelf()) {
                        String owner = call.getTargetOwner().getName();
                        if ((call.getName().equals("now") && owner.startsWith("java.time."))
                                || call.getName().equals("currentTimeMillis")
                                || owner.matches("java\\.time\\.(Clock|InstantSource)|java\\.util\\.Calendar")) {
                            report(events, type, call.getDescription());
                        }
                    }
                }));
    }

    /**
     * A build of one function leaves out what carries the condition of another one. What a path of a function begins with
     * is that function's, wherever it is.
     */
    static ArchRule conditional(String root, Set<String> rooms) {
        return ArchRuleDefinition.classes().should(condition("say in which builds they are", (type, events) -> {
            String room = room(root, type);
            String condition = type.tryGetAnnotationOfType(IfBuildProperty.class)
                    .map(IfBuildProperty::name)
                    .orElse("");
            String name = type.getSimpleName();
            String path = type.tryGetAnnotationOfType(jakarta.ws.rs.Path.class)
                    .map(declared -> declared.value().split("/", -1)[1])
                    .orElse("");
            String needed = "";
            if (rooms.contains(path)) {
                needed = "s2.build." + path + ".door";
            } else if (rooms.contains(room) && name.endsWith("Function")) {
                needed = "s2.build." + room + ".channel";
            } else if (rooms.contains(room) && name.matches(".*(Resource|Tools)")) {
                needed = "s2.build." + room + ".door";
            }
            if (!condition.equals(needed) && !needed.isEmpty()) {
                report(events, type, name + " lacks @IfBuildProperty(name = \"" + needed + "\", …)");
            }
            boolean scheduled = type.getMethods().stream().anyMatch(method -> method.isAnnotatedWith(Scheduled.class));
            if (rooms.contains(room) && scheduled && !condition.startsWith("s2.build." + room + ".")) {
                report(events, type, name + " is scheduled in every build");
            }
        }));
    }

    /**
     * In which order a transaction's connection gets its statements is said by {@link Work}'s {@code inOrder}, so nobody
     * else combines them; {@link Rows}'s {@code together} is for those who read, and were not given a transaction.
     */
    static ArchRule combined(String root, Set<String> exceptions) {
        return ArchRuleDefinition.classes().should(condition("send statements in order", (type, events) -> {
            if (room(root, type).equals("bus") || exceptions.contains(outermost(type))) {
                return;
            }
            for (JavaAccess<?> call : type.getAccessesFromSelf()) {
                JavaClass owner = call.getTargetOwner();
                boolean combines = owner.isEquivalentTo(Uni.class)
                        && Set.of("combine", "join").contains(call.getName());
                boolean inTransaction = owner.isEquivalentTo(Rows.class)
                        && call.getName().equals("together")
                        && call.getOrigin().getRawParameterTypes().stream()
                                .anyMatch(given ->
                                        given.isEquivalentTo(Work.class) || given.isEquivalentTo(SqlConnection.class));
                if (combines || inTransaction) {
                    report(events, type, call.getDescription());
                }
            }
        }));
    }

    /** What Hibernate does not promise to keep is for one room to use; the others have entities and {@code Mutiny.Session}. */
    static ArchRule fenced(String root, String room) {
        Predicate<JavaClass> hibernate = resideInAPackage("org.hibernate..");
        return ArchRuleDefinition.classes()
                .should(condition("use no more of Hibernate than its public face", (type, events) -> {
                    if (room(root, type).equals(room)) {
                        return;
                    }
                    type.getDirectDependenciesFromSelf().stream()
                            .filter(arrow -> hibernate.test(arrow.getTargetClass()))
                            .filter(arrow ->
                                    !PUBLIC_FACE.contains(arrow.getTargetClass().getPackageName()))
                            .forEach(arrow -> report(events, type, arrow.getDescription()));
                }));
    }

    /** A switch over what an envelope holds would be a second list of what a function hears, beside its table. */
    static ArchRule table(String root) {
        return ArchRuleDefinition.classes().should(condition("learn of events from the table alone", (type, events) -> {
            if (outermost(type).endsWith("Function")) {
                for (JavaAccess<?> call : type.getAccessesFromSelf()) {
                    if (call.getName().equals("event")
                            && call.getTargetOwner().getName().equals(root + ".event.Envelope")) {
                        report(events, type, call.getDescription());
                    }
                }
            }
        }));
    }

    static ArchRule noCircle(String root) {
        return slices().matching(root + ".(*)..").should().beFreeOfCycles();
    }

    /** A writing method takes the transaction first, a reading one returns records. */
    static ArchRule stores(
            String root,
            Set<String> rooms,
            Map<String, Set<String>> reads,
            Map<String, Set<String>> writes,
            Map<String, Set<String>> published) {
        return ArchRuleDefinition.classes().should(condition("go through the stores in the tables", (type, events) -> {
            String from = room(root, type);
            if (!rooms.contains(from)) {
                return;
            }
            for (Dependency arrow : type.getDirectDependenciesFromSelf()) {
                JavaClass target = arrow.getTargetClass();
                String to = room(root, target);
                if (!other(from, to, rooms) || outermost(target).endsWith("Store")) {
                    continue;
                }
                if (!reads.getOrDefault(from, Set.of()).contains(to)
                        || !published.getOrDefault(to, Set.of()).contains(outermost(target))) {
                    report(events, type, from + " uses " + to + ": " + arrow.getDescription());
                }
            }
            for (JavaAccess<?> call : type.getAccessesFromSelf()) {
                String to = room(root, call.getTargetOwner());
                String owner = outermost(call.getTargetOwner());
                if (other(from, to, rooms)
                        && (owner.endsWith("Store")
                                || published.getOrDefault(to, Set.of()).contains(owner))) {
                    boolean write = call.getTarget()
                            .resolveMember()
                            .map(member -> member instanceof JavaCodeUnit unit && takesTransaction(unit))
                            .orElse(false);
                    boolean told = !write && !owner.endsWith("Store");
                    if (!told
                            && !(write ? writes : reads)
                                    .getOrDefault(from, Set.of())
                                    .contains(to)) {
                        report(
                                events,
                                type,
                                from + (write ? " writes to " : " reads from ") + to + ": " + call.getDescription());
                    }
                }
            }
        }));
    }

    private static boolean other(String from, String to, Set<String> rooms) {
        return !to.equals(from) && rooms.contains(to);
    }

    private static boolean takesTransaction(JavaCodeUnit method) {
        return !method.getRawParameterTypes().isEmpty()
                && Set.of("SqlConnection", "Work", "Session")
                        .contains(method.getRawParameterTypes().getFirst().getSimpleName());
    }

    static ArchRule plain(String root, Set<String> rooms, Set<String> exceptions) {
        return ArchRuleDefinition.classes()
                .should(condition("be plain Java, or say so in their names", (type, events) -> {
                    String name = outermost(type);
                    if (!rooms.contains(room(root, type))
                            || ON_QUARKUS.matcher(name).matches()
                            || exceptions.contains(name)) {
                        return;
                    }
                    Predicate<JavaClass> quarkus = resideInAnyPackage(QUARKUS);
                    type.getDirectDependenciesFromSelf().stream()
                            .filter(arrow -> quarkus.test(arrow.getTargetClass()))
                            .forEach(arrow -> report(events, type, arrow.getDescription()));
                }));
    }

    /** Of a function's room, only resources and tools use the door. */
    static ArchRule withoutDoor(String root, Set<String> rooms, Set<String> exceptions) {
        return ArchRuleDefinition.classes().should(condition("know nothing of HTTP", (type, events) -> {
            String name = outermost(type);
            if (!rooms.contains(room(root, type)) || name.matches(".*(Resource|Tools)") || exceptions.contains(name)) {
                return;
            }
            type.getDirectDependenciesFromSelf().stream()
                    .filter(arrow -> room(root, arrow.getTargetClass()).equals("door"))
                    .forEach(arrow -> report(events, type, arrow.getDescription()));
        }));
    }

    /** A table takes the transaction that it is given. */
    static ArchRule tables(String root) {
        return ArchRuleDefinition.classes().should(condition("open no transaction", (type, events) -> {
            if (type.getPackageName().startsWith(root) && outermost(type).endsWith("Table")) {
                type.getDirectDependenciesFromSelf().stream()
                        .filter(arrow -> OPENERS.contains(arrow.getTargetClass().getSimpleName()))
                        .forEach(arrow -> report(events, type, arrow.getDescription()));
            }
        }));
    }

    /** Whether this source of a transaction script holds a statement. */
    static boolean holdsSql(String source) {
        return SQL.matcher(source).find();
    }

    static ArchRule names(String root) {
        return ArchRuleDefinition.classes()
                .that()
                .resideInAPackage(root + "..")
                .should()
                .haveNameNotMatching(".*(Impl|Manager|Helper|Helpers|Util|Utils|Store)")
                .andShould()
                .haveNameNotMatching(".*\\.(common|dto|model|util|impl)\\..*");
    }

    // How they look

    private interface Check {
        void check(JavaClass type, ConditionEvents events);
    }

    private static ArchCondition<JavaClass> condition(String what, Check check) {
        return new ArchCondition<>(what) {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                check.check(type, events);
            }
        };
    }

    private static void report(ConditionEvents events, JavaClass type, String message) {
        events.add(SimpleConditionEvent.violated(type, message));
    }

    static List<String> violations(ArchRule rule, JavaClasses classes) {
        return rule.evaluate(classes).getFailureReport().getDetails();
    }

    /** The package right below the root that a class is in, empty for classes that are not ours. */
    static String room(String root, JavaClass type) {
        String name = type.getPackageName();
        if (!name.startsWith(root + ".")) {
            return "";
        }
        String below = name.substring(root.length() + 1);
        int dot = below.indexOf('.');
        return dot < 0 ? below : below.substring(0, dot);
    }

    /** The simple name of the class whose file it is in. */
    private static String outermost(JavaClass type) {
        String name = type.getName().substring(type.getPackageName().length() + 1);
        int dollar = name.indexOf('$');
        return dollar < 0 ? name : name.substring(0, dollar);
    }

    /** The Javadoc of a package without its decoration; empty if there is none. */
    static String essay(Path directory) {
        try {
            String source = Files.readString(directory.resolve("package-info.java"));
            Matcher javadoc = Pattern.compile("/\\*\\*(.*?)\\*/\\s*package ", Pattern.DOTALL)
                    .matcher(source);
            return javadoc.find()
                    ? javadoc.group(1).replaceAll("\\s*\n\\s*\\*\\s*", " ").strip()
                    : "";
        } catch (IOException none) {
            return "";
        }
    }
}
