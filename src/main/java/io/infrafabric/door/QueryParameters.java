package io.infrafabric.door;

import jakarta.inject.Singleton;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ResourceInfo;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/** Refuses query parameters that the resource method does not have: a misspelt filter must not list everything. */
@Singleton
public class QueryParameters {
    // As many entries as there are resource methods.
    private final Map<Method, SortedSet<String>> known = new ConcurrentHashMap<>();

    @ServerRequestFilter
    void refuseUnknown(ContainerRequestContext request, ResourceInfo resource) {
        if (request.getUriInfo().getQueryParameters().isEmpty() || resource.getResourceMethod() == null) {
            return;
        }
        SortedSet<String> names = known.computeIfAbsent(resource.getResourceMethod(), QueryParameters::of);
        for (String name : request.getUriInfo().getQueryParameters().keySet()) {
            if (!names.contains(name)) {
                throw Problem.of(Code.IF_ERR_UNKNOWN_PARAMETER, "There is no parameter " + name + " here.")
                        .with("field", name)
                        .with("known", names);
            }
        }
    }

    /** The names of a method's query parameters. */
    static SortedSet<String> of(Method method) {
        var names = new TreeSet<String>();
        for (Parameter parameter : method.getParameters()) {
            add(
                    names,
                    parameter.getAnnotation(QueryParam.class),
                    parameter.getAnnotation(RestQuery.class),
                    parameter.getName());
            if (parameter.isAnnotationPresent(BeanParam.class)) {
                for (Field field : parameter.getType().getDeclaredFields()) {
                    add(
                            names,
                            field.getAnnotation(QueryParam.class),
                            field.getAnnotation(RestQuery.class),
                            field.getName());
                }
            }
        }
        return names;
    }

    private static void add(SortedSet<String> names, QueryParam jakarta, RestQuery rest, String ownName) {
        if (jakarta != null) {
            names.add(jakarta.value());
        } else if (rest != null) {
            names.add(rest.value().isEmpty() ? ownName : rest.value());
        }
    }
}
