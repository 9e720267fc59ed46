package io.infrafabric.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Misspelt fields, found without any schema: fabric8's classes put what they do not know aside. KEDA's kinds they do not know. */
class ModelTest {
    private static final KubernetesSerialization MODEL = new KubernetesSerialization();
    private static final Set<String> UNKNOWN = Set.of("ScaledObject", "TriggerAuthentication");

    static List<ValueSet> values() {
        return ValueSet.all();
    }

    @ParameterizedTest
    @MethodSource("values")
    void the_model_knows_every_field(ValueSet values) {
        for (ObjectNode object : Chart.render(values)) {
            if (!UNKNOWN.contains(Chart.kind(object))) {
                assertThat(unknown(object))
                        .as(Chart.kind(object) + " " + Chart.name(object))
                        .isEmpty();
            }
        }
    }

    @Test
    void a_misspelt_field_is_found_in_every_kind() {
        for (ObjectNode object : Chart.render(ValueSet.PRODUCTION)) {
            ObjectNode planted = object.has("spec") ? (ObjectNode) object.get("spec") : object;
            planted.put("replicsa", 1);
            if (!UNKNOWN.contains(Chart.kind(object))) {
                assertThat(unknown(object)).as(Chart.kind(object)).containsExactly("replicsa");
            }
        }
    }

    @Test
    void a_misspelt_field_is_found_deep_in_a_container() {
        ObjectNode deployment =
                Chart.ofKind(Chart.render(ValueSet.DEFAULTS), "Deployment").getFirst();
        ((ObjectNode) deployment.at("/spec/template/spec/containers/0/readinessProbe/httpGet")).put("pth", "/q");

        assertThat(unknown(deployment)).containsExactly("pth");
    }

    private static Set<String> unknown(ObjectNode object) {
        Object model = MODEL.unmarshal(object.toString());
        assertThat(model).isNotInstanceOf(GenericKubernetesResource.class);
        Set<String> found = new TreeSet<>();
        look(model, found);
        return found;
    }

    private static void look(Object value, Set<String> found) {
        switch (value) {
            case null -> {}
            case Iterable<?> items -> items.forEach(item -> look(item, found));
            case Map<?, ?> entries -> entries.values().forEach(item -> look(item, found));
            default -> {
                if (value.getClass().getName().startsWith("io.fabric8.")
                        && !value.getClass().isEnum()) {
                    lookInto(value, found);
                }
            }
        }
    }

    private static void lookInto(Object bean, Set<String> found) {
        for (Method method : bean.getClass().getMethods()) {
            if (method.getParameterCount() > 0 || !method.getName().startsWith("get")) {
                continue;
            }
            try {
                if (method.getName().equals("getAdditionalProperties")) {
                    ((Map<?, ?>) method.invoke(bean)).keySet().forEach(key -> found.add((String) key));
                } else {
                    look(method.invoke(bean), found);
                }
            } catch (IllegalAccessException | InvocationTargetException e) {
                throw new LinkageError(method.toString(), e);
            }
        }
    }
}
