package io.infrafabric.command;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Hashes bodies by their content: the order of keys, white space and omitted nulls make no difference. */
public final class Canonical {
    private final ObjectWriter writer;

    /** Hashes what {@code mapper} would write, but with sorted keys. Does not change the mapper. */
    @SuppressWarnings("deprecation") // only this method sets a MapperFeature on a copy
    public Canonical(ObjectMapper mapper) {
        // No plain decimals here: Check refuses a hostile exponent (1e999999) later, with a clear message.
        writer = mapper.copy()
                .configure(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY, true)
                .configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true)
                .configure(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN, false)
                .writer()
                .with(JsonNodeFeature.WRITE_PROPERTIES_SORTED);
    }

    /** SHA-256 of the canonical JSON of {@code body}, as 64 hexadecimal digits. */
    public String hash(Object body) {
        try {
            return sha256(writer.writeValueAsString(body));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("A body that was read cannot be written back.", e);
        }
    }

    /** SHA-256 of a text in UTF-8, as 64 hexadecimal digits. */
    public static String sha256(String text) {
        return sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    /** SHA-256 of bytes, as 64 hexadecimal digits. */
    public static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(digest(bytes));
    }

    static byte[] digest(String text) {
        return digest(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] digest(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java runtime has SHA-256.", e);
        }
    }
}
