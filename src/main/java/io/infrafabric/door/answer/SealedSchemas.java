package io.infrafabric.door.answer;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.models.Components;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.media.Schema.SchemaType;
import org.jboss.jandex.ClassInfo;
import org.jboss.jandex.IndexView;

/**
 * The schemas of sealed interfaces whose JSON names its kind ({@link JsonTypeInfo}), which the scanner of the document does not
 * know. Each is one object with the members of all kinds: not every generator of clients makes use of {@code oneOf}.
 */
final class SealedSchemas {
    private SealedSchemas() {}

    /** Completes those among the components. */
    static void complete(Components components, IndexView classes) {
        classes.getAnnotations(JsonTypeInfo.class).stream()
                .map(annotation -> annotation.target().asClass())
                .sorted(Comparator.comparing(ClassInfo::name))
                .map(SealedSchemas::load)
                .filter(type -> type.isSealed() && components.getSchemas().containsKey(name(type)))
                .forEach(type -> components.addSchema(name(type), flat(components, type)));
    }

    private static Schema flat(Components components, Class<?> type) {
        String kind = type.getAnnotation(JsonTypeInfo.class).property();
        Schema kinds = of(SchemaType.STRING);
        Map<String, Schema> members = new LinkedHashMap<>();
        members.put(kind, kinds);
        List<String> told = new ArrayList<>();
        for (Class<?> one : type.getPermittedSubclasses()) {
            String value = one.getAnnotation(JsonTypeName.class).value();
            kinds.addEnumeration(value);
            List<String> names = new ArrayList<>();
            for (RecordComponent part : one.getRecordComponents()) {
                names.add(part.getName());
                Schema schema = schema(components, part.getGenericType());
                Schema before = members.putIfAbsent(part.getName(), schema);
                if (before != null && !before.equals(schema)) {
                    throw new IllegalStateException(type + ": two types of " + part.getName());
                }
            }
            told.add(value + ": " + String.join(", ", names));
        }
        return of(SchemaType.OBJECT)
                .description("The " + kind + " says which other members it has. " + String.join("; ", told) + ".")
                .properties(members)
                .required(List.of(kind));
    }

    private static Schema schema(Components components, Type type) {
        if (type == String.class) {
            return of(SchemaType.STRING);
        } else if (type == int.class) {
            return of(SchemaType.INTEGER).format("int32");
        } else if (type == double.class) {
            return of(SchemaType.NUMBER).format("double");
        } else if (type == BigDecimal.class) {
            return of(SchemaType.NUMBER);
        } else if (type == Instant.class) {
            return of(SchemaType.STRING).format("date-time");
        } else if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
            return of(SchemaType.ARRAY).items(schema(components, list.getActualTypeArguments()[0]));
        } else if (type instanceof Class<?> words && words.isEnum()) {
            return enumeration(components, words);
        }
        throw new IllegalStateException("No schema for " + type);
    }

    private static Schema enumeration(Components components, Class<?> words) {
        String name = name(words);
        if (!components.getSchemas().containsKey(name)) {
            Schema schema = of(SchemaType.STRING);
            for (Object word : words.getEnumConstants()) {
                schema.addEnumeration(((Enum<?>) word).name());
            }
            components.addSchema(name, schema);
        }
        return OASFactory.createSchema().ref(name);
    }

    private static Schema of(SchemaType type) {
        return OASFactory.createSchema().addType(type);
    }

    private static String name(Class<?> type) {
        var schema = type.getAnnotation(org.eclipse.microprofile.openapi.annotations.media.Schema.class);
        return schema == null || schema.name().isEmpty() ? type.getSimpleName() : schema.name();
    }

    private static Class<?> load(ClassInfo type) {
        try {
            return Thread.currentThread()
                    .getContextClassLoader()
                    .loadClass(type.name().toString());
        } catch (ClassNotFoundException gone) {
            throw new IllegalStateException(gone);
        }
    }
}
