package io.infrafabric.budget.price;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Names of models, without what does not change the price. */
final class ModelName {
    /** {@code arn:aws:bedrock:…/}, {@code models/}, {@code publishers/google/models/}, {@code anthropic/}. */
    private static final Pattern PATH = Pattern.compile("^.*/");

    private static final Pattern REGION = Pattern.compile("^(us|eu|apac|au|ap|jp|ca|sa|global|us-gov|regional)\\.");

    private static final Pattern MAKER = Pattern.compile(
            "^(anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|google|qwen|nvidia|writer|moonshotai?|minimax|zai)\\.");

    /** {@code -v1:0}, {@code :0}, {@code @20250929}, {@code -20250929}, {@code -2025-09-29}, {@code -latest}. */
    private static final Pattern VERSION =
            Pattern.compile("(-v\\d+(:\\d+)?|:\\d+|@[a-z0-9-]+|[-@](19|20)\\d{2}-?\\d{2}-?\\d{2}|-latest)$");

    private static final Pattern SEPARATORS = Pattern.compile("[-._:/@ ]+");

    private ModelName() {}

    /** The name without path, region, maker, date and version, in lower case. */
    static String normalised(String name) {
        String plain = PATH.matcher(name.toLowerCase(Locale.ROOT)).replaceFirst("");
        plain = REGION.matcher(plain).replaceFirst("");
        plain = MAKER.matcher(plain).replaceFirst("");
        String before;
        do {
            before = plain;
            plain = VERSION.matcher(plain).replaceFirst("");
        } while (!plain.equals(before));
        return plain.isEmpty() ? before : plain;
    }

    /** The parts of which a normalised name consists: families are those that share the first ones. */
    static List<String> parts(String normalised) {
        return Arrays.stream(SEPARATORS.split(normalised))
                .filter(part -> !part.isEmpty())
                .toList();
    }

    /** How many parts two names share from the beginning on. */
    static int shared(List<String> one, List<String> other) {
        int shared = 0;
        while (shared < one.size() && shared < other.size() && one.get(shared).equals(other.get(shared))) {
            shared++;
        }
        return shared;
    }
}
