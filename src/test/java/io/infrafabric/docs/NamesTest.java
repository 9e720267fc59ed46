package io.infrafabric.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.event.Catalogue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Names in the pages that look like ours exist in the sources: types, constants, settings, codes, metrics, tables, files,
 * tests and REST paths. A name with a wildcard ({@code *}, {@code …}, {@code <}) is not looked up.
 */
class NamesTest {
    /** They look like ours, and belong to others. */
    private static final Set<String> FOREIGN = Set.of(
            // The hooks of agent clients.
            "AfterAgent",
            "AfterTool",
            "BeforeAgent",
            "BeforeTool",
            "PostToolUse",
            "PreToolUse",
            "SessionEnd",
            "SessionStart",
            "Stop",
            "UserPromptSubmit",
            // The JDK, libraries and standards.
            "ApiException",
            "Class",
            "CycleDetector",
            "Feature",
            "InetAddress",
            "QuarkusTest",
            "RegisterForReflection",
            "ResourceInfo",
            "ResponseError",
            "SecureRandom",
            "Uni",
            "Accept",
            "Authorization",
            "BEGIN",
            "NOTIFY",
            "PSMS",
            "PSWMS",
            "SSMS",
            "SSMSA",
            // Kubernetes and KEDA.
            "CreateContainerConfigError",
            "FailedMount",
            // systemd.
            "MemoryMax",
            "NoNewPrivileges",
            // What we do not want in a name.
            "Helper",
            "Impl",
            "Manager",
            "TODO",
            "Util");

    private static final String OURS = "src/main/java/io/infrafabric";
    private static final Pattern DECLARED =
            Pattern.compile("\\b(?:class|interface|record|enum) ([A-Z]\\w*)|^(?:public )?@interface (\\w+)");
    private static final Pattern TYPE =
            Pattern.compile("@?(?:[a-z0-9]+[./])?([A-Z]\\w*[a-z]\\w*)(?:[.#](\\w+))?(?:\\(\\))?");
    private static final Pattern CODE = Pattern.compile("\\bIF_ERR_[A-Z_]+\\b");
    private static final Pattern SETTING = Pattern.compile("s2\\.[a-z][a-z0-9.-]*[a-z0-9]");
    private static final Pattern METRIC = Pattern.compile("(s2_[a-z_]+)(?:\\{.*)?");
    private static final Pattern VARIABLE = Pattern.compile("(?:S2|BENCH)_[A-Z_]+");
    private static final Pattern CONSTANT = Pattern.compile("[A-Z][A-Z0-9_]{2,}");
    private static final Pattern FILE = Pattern.compile("[\\w.-]+(?:/[\\w.-]+)+/?");
    private static final Pattern REST = Pattern.compile("(?:(?:GET|POST|PUT|DELETE|PATCH) )?(/[a-z{][^ ?]*)(?:\\?.*)?");
    private static final Pattern CALLED = Pattern.compile("\\bcall \\$\\w+ \"?(/[^\\s?\"]+)");
    private static final Pattern TESTED = Pattern.compile("-D(?:it\\.)?test=(\\w+)");

    /** The text of every source file. */
    private static final List<String> SOURCES = new ArrayList<>();

    /** The text of the files that declare a type. */
    private static final Map<String, String> TYPES = new HashMap<>();

    private static final Set<Pattern> ROUTES = new HashSet<>();
    private static String migrations = "";
    private static Set<String> functions = Set.of();

    @BeforeAll
    static void sources() throws IOException {
        for (Path path : sourceFiles()) {
            String text = Files.readString(path);
            if (!path.endsWith("NamesTest.java")) {
                SOURCES.add(text);
            }
            if (path.toString().endsWith(".java")) {
                DECLARED.matcher(text)
                        .results()
                        .forEach(found -> TYPES.merge(found.group(1), text, (one, other) -> one + other));
            }
            if (path.toString().endsWith("Resource.java")) {
                routes(text);
            }
            if (path.toString().endsWith(".sql")) {
                migrations += text;
            }
        }
        functions = Catalogue.FUNCTIONS;
    }

    private static List<Path> sourceFiles() throws IOException {
        List<Path> files = new ArrayList<>(List.of(Path.of("pom.xml"), Path.of("s2")));
        for (String directory : List.of("src", "bench", "helm", "k8s", "edge")) {
            for (Path path : Page.files(Path.of(directory), "")) {
                String name = path.getFileName().toString();
                if (name.matches(".*\\.(java|sql|properties|ya?ml|tpl|txt|mjs|json|sh|service)|[a-z-]+")) {
                    files.add(path);
                }
            }
        }
        return files;
    }

    private static void routes(String resource) {
        List<String> paths = Pattern.compile("@Path\\(\"([^\"]*)\"\\)")
                .matcher(resource)
                .results()
                .map(path -> path.group(1))
                .toList();
        for (String path : paths) {
            String whole = path.equals(paths.getFirst()) ? path : paths.getFirst() + path;
            // What a pattern of its own ends may have slashes.
            String rest = whole.replaceAll("\\{\\w+:[^}]*\\}", ".+");
            ROUTES.add(Pattern.compile(rest.replaceAll("\\{\\w+\\}", "[^/]+")));
        }
    }

    @Test
    void names_in_backticks_that_look_like_ours_exist() throws IOException {
        List<String> unknown = new ArrayList<>();
        for (Page page : Page.all()) {
            for (String name : page.inBackticks()) {
                if (Stream.of("*", "…", "<", "YOUR").noneMatch(name::contains) && !known(page, name)) {
                    unknown.add(page.path() + ": " + name);
                }
            }
        }
        assertThat(unknown).isEmpty();
    }

    @Test
    void codes_tests_and_paths_in_commands_exist() throws IOException {
        List<String> unknown = new ArrayList<>();
        for (Page page : Page.all()) {
            found(CODE, 0, page)
                    .filter(code -> !inSources(code))
                    .forEach(code -> unknown.add(page.path() + ": " + code));
            found(TESTED, 1, page)
                    .filter(test -> !TYPES.containsKey(test))
                    .forEach(test -> unknown.add(page.path() + ": " + test));
            found(CALLED, 1, page)
                    .filter(path -> !isRoute(path))
                    .forEach(path -> unknown.add(page.path() + ": " + path));
        }
        assertThat(unknown).isEmpty();
    }

    @Test
    void a_name_that_is_not_there_is_noticed() {
        Page page = new Page(Path.of("docs", "planted.md"), "");

        assertThat(Stream.of(
                        "ClaimStorre",
                        "bus/Relais",
                        "Relay.NO_SUCH_CONSTANT",
                        "NO_SUCH_CONSTANT",
                        "s2.coordinator.leash",
                        "s2_no_such_metric",
                        "S2_NO_SUCH_VARIABLE",
                        "docs/no-such-page.md",
                        "budget_no_such_table",
                        "GET /coordinator/no/such/path"))
                .noneMatch(name -> known(page, name));
        assertThat(Stream.of(
                        "bus/Relay",
                        "s2.coordinator.lease",
                        "s2_events_undelivered",
                        "S2_DATA_DIR",
                        "docs/errors.md",
                        "budget_entry",
                        "GET /coordinator/tasks/{id}?x=y",
                        "plain words",
                        "Retry-After"))
                .allMatch(name -> known(page, name));
    }

    private static Stream<String> found(Pattern pattern, int group, Page page) {
        return pattern.matcher(page.markdown()).results().map(match -> match.group(group));
    }

    private static boolean known(Page page, String name) {
        return FOREIGN.contains(name)
                || (!wrong(TYPE, name, NamesTest::isType)
                        && !wrong(SETTING, name, all -> isSetting(name))
                        && !wrong(METRIC, name, all -> isMetric(all.group(1)))
                        && !wrong(VARIABLE, name, all -> isVariable(name))
                        && !wrong(CONSTANT, name, all -> isVariable(name))
                        && !wrong(FILE, name, all -> isFile(page, name))
                        && !wrong(REST, name, all -> isRoute(all.group(1)) || isOnMachine(name))
                        && !(isTableLike(name) && !migrations.contains(name)));
    }

    private static boolean wrong(Pattern shape, String name, Predicate<Matcher> isKnown) {
        Matcher matcher = shape.matcher(name);
        return matcher.matches() && !isKnown.test(matcher);
    }

    private static boolean isType(Matcher name) {
        String type = name.group(1);
        String member = name.group(2);
        return FOREIGN.contains(type)
                || (TYPES.containsKey(type)
                        && (member == null || member.equals("java") || isWordIn(member, TYPES.getOrDefault(type, ""))));
    }

    private static boolean isSetting(String name) {
        return functions.stream().anyMatch(function -> name.equals("s2." + function))
                || inSources(name)
                || isOnPage(name, Path.of("docs", "configuration.md"))
                || isOnPage(name, Path.of("docs", "events.md"));
    }

    /** A file of a machine on which we are installed. */
    private static boolean isOnMachine(String name) {
        return name.matches("/(etc|opt|var|tmp)\\b.*") && inSources(name);
    }

    private static boolean isOnPage(String name, Path path) {
        try {
            String text = Files.readString(path);
            return text.contains("`" + name + "`") || text.contains("`" + name + ".");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As it stands in the sources, or as a setting of which it is the environment variable. */
    private static boolean isVariable(String name) {
        String setting =
                name.toLowerCase(Locale.ROOT).replaceFirst("_", "\\\\.").replace("_", "[.-]");
        return SOURCES.stream().anyMatch(text -> isWordIn(name, text))
                || SOURCES.stream()
                        .anyMatch(text -> Pattern.compile(setting).matcher(text).find() && name.startsWith("S2"))
                || (name.startsWith("S2") && isOnPageAs(setting));
    }

    private static boolean isOnPageAs(String pattern) {
        try {
            return Pattern.compile(pattern)
                    .matcher(Files.readString(Path.of("docs", "configuration.md")))
                    .find();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A path from the root, from the page, from the chart, or of a class; others are not ours. */
    private static boolean isFile(Page page, String name) {
        Set<Path> roots = Stream.of("", "helm/s2-fabric", OURS, "src/test/java/io/infrafabric")
                .map(Path::of)
                .collect(Collectors.toSet());
        roots.add(page.target("."));
        String first = name.substring(0, name.indexOf('/'));
        return name.startsWith("target/")
                || roots.stream().noneMatch(root -> Files.isDirectory(root.resolve(first)))
                || roots.stream()
                        .anyMatch(
                                root -> Files.exists(root.resolve(name)) || Files.exists(root.resolve(name + ".java")));
    }

    private static boolean isRoute(String path) {
        return path.startsWith("/q/")
                || functions.contains(path.substring(1))
                || ROUTES.stream().anyMatch(route -> route.matcher(path).matches());
    }

    /** As it stands in the sources, or with the dots that Micrometer turns into underscores, without the unit it adds. */
    private static boolean isMetric(String name) {
        return inSources(name)
                || inSources(name.replaceFirst("_(seconds|total)$", "").replace('_', '.'));
    }

    private static boolean isTableLike(String name) {
        return name.matches("[a-z]+_[a-z_]+") && functions.contains(name.substring(0, name.indexOf('_')));
    }

    private static boolean inSources(String name) {
        return SOURCES.stream().anyMatch(text -> isWordIn(name, text));
    }

    private static boolean isWordIn(String name, String text) {
        int at = text.indexOf(name);
        while (at >= 0) {
            int end = at + name.length();
            if ((at == 0 || !Character.isJavaIdentifierPart(text.charAt(at - 1)))
                    && (end == text.length() || !Character.isJavaIdentifierPart(text.charAt(end)))) {
                return true;
            }
            at = text.indexOf(name, at + 1);
        }
        return false;
    }
}
