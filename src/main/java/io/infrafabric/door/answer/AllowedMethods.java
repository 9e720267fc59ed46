package io.infrafabric.door.answer;

import io.quarkus.resteasy.reactive.server.runtime.ResteasyReactiveRecorder;
import jakarta.inject.Singleton;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.resteasy.reactive.server.mapping.RuntimeResource;
import org.jboss.resteasy.reactive.server.util.RuntimeResourceVisitor;

/**
 * Which methods an address has. The REST layer itself knows only those of a whole class, for all of its paths together.
 */
@Singleton
public class AllowedMethods {
    /** A part of a path template that stands for anything, or for what an expression says. */
    private static final Pattern PARAMETER = Pattern.compile("\\{[^{}:]+(?::([^{}]*(?:\\{[^{}]*\\}[^{}]*)*))?\\}");

    private Map<Pattern, Set<String>> methods;

    /** The methods at a path, with HEAD where there is GET, and OPTIONS; empty if there is no such address. */
    public Set<String> at(String path) {
        String trimmed = trimmed(path);
        Set<String> found = new TreeSet<>();
        known().forEach((pattern, some) -> {
            if (pattern.matcher(trimmed).matches()) {
                found.addAll(some);
            }
        });
        if (found.contains("GET")) {
            found.add("HEAD");
        }
        if (!found.isEmpty()) {
            found.add("OPTIONS");
        }
        return Collections.unmodifiableSet(found);
    }

    /** Made when first asked for: the paths are complete only when the application has started. */
    private synchronized Map<Pattern, Set<String>> known() {
        if (methods == null) {
            Map<String, Set<String>> byTemplate = new LinkedHashMap<>();
            RuntimeResourceVisitor.visitRuntimeResources(
                    "/",
                    ResteasyReactiveRecorder.getCurrentDeployment().getClassMappers(),
                    new RuntimeResourceVisitor() {
                        @Override
                        public void visitRuntimeResource(String method, String path, RuntimeResource resource) {
                            byTemplate
                                    .computeIfAbsent(path, _ -> new TreeSet<>())
                                    .add(method);
                        }
                    });
            methods = byTemplate.entrySet().stream()
                    .collect(Collectors.toMap(entry -> pattern(entry.getKey()), Map.Entry::getValue));
        }
        return methods;
    }

    /** What the paths of a template look like. */
    static Pattern pattern(String template) {
        StringBuilder pattern = new StringBuilder();
        String path = trimmed(template);
        var parameter = PARAMETER.matcher(path);
        int from = 0;
        while (parameter.find()) {
            pattern.append(Pattern.quote(path.substring(from, parameter.start())));
            pattern.append(
                    parameter.group(1) == null
                            ? "[^/]+"
                            : "(?:" + parameter.group(1).strip() + ")");
            from = parameter.end();
        }
        return Pattern.compile(
                pattern.append(Pattern.quote(path.substring(from))).toString());
    }

    /** Without slashes at the ends and in a row. */
    private static String trimmed(String path) {
        return Stream.of(path.split("/")).filter(part -> !part.isEmpty()).collect(Collectors.joining("/"));
    }
}
