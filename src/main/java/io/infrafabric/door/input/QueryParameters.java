package io.infrafabric.door.input;

import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import jakarta.inject.Singleton;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.MultivaluedMap;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/**
 * Refuses query parameters that the resource method does not have (a misspelt filter must not list everything),
 * parameters without a value (neither must an empty filter), malformed numbers (which would otherwise look like an
 * unknown address), and switches that are neither on nor off.
 */
@Singleton
public class QueryParameters {
    /** Quarkus would take anything else as false. */
    private static final Pattern SWITCH = Pattern.compile("(?i)true|false");

    // One entry for each resource method.
    private final Map<Method, SortedMap<String, Class<?>>> known = new ConcurrentHashMap<>();

    @ServerRequestFilter
    void check(ContainerRequestContext request, ResourceInfo resource) {
        MultivaluedMap<String, String> given = request.getUriInfo().getQueryParameters();
        if (!given.isEmpty() && resource.getResourceMethod() != null) {
            check(given, known.computeIfAbsent(resource.getResourceMethod(), QueryParameters::of));
        }
    }

    static void check(Map<String, List<String>> given, SortedMap<String, Class<?>> known) {
        given.forEach((name, values) -> {
            Class<?> type = known.get(name);
            if (type == null) {
                throw Problem.of(Code.IF_ERR_UNKNOWN_PARAMETER, "There is no parameter " + name + " here.")
                        .with("field", name)
                        .with("known", known.keySet());
            }
            values.forEach(value -> checkType(name, value, type));
        });
    }

    private static void checkType(String name, String value, Class<?> type) {
        if (value.isEmpty()) {
            throw Problem.badInput(name, "a value; leave the parameter out if you do not need it");
        }
        try {
            if (type == Integer.class || type == int.class) {
                Integer.parseInt(value);
            } else if (type == Long.class || type == long.class) {
                Long.parseLong(value);
            } else if ((type == Boolean.class || type == boolean.class)
                    && !SWITCH.matcher(value).matches()) {
                throw Problem.badInput(name, BadJson.expected(type));
            }
        } catch (NumberFormatException _) {
            throw Problem.badInput(name, BadJson.expected(type));
        }
    }

    /** The query parameters of a method: their names and Java types. */
    static SortedMap<String, Class<?>> of(Method method) {
        var parameters = new TreeMap<String, Class<?>>();
        for (Parameter parameter : method.getParameters()) {
            add(parameters, parameter, parameter.getName(), parameter.getType());
            if (parameter.isAnnotationPresent(BeanParam.class)) {
                for (Field field : parameter.getType().getDeclaredFields()) {
                    add(parameters, field, field.getName(), field.getType());
                }
            }
        }
        return parameters;
    }

    private static void add(
            SortedMap<String, Class<?>> parameters, AnnotatedElement element, String ownName, Class<?> type) {
        QueryParam jakarta = element.getAnnotation(QueryParam.class);
        RestQuery rest = element.getAnnotation(RestQuery.class);
        if (jakarta != null) {
            parameters.put(jakarta.value(), type);
        } else if (rest != null) {
            parameters.put(rest.value().isEmpty() ? ownName : rest.value(), type);
        }
    }
}
