package io.infrafabric.gateway.otlp;

import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** A body without its compression. */
final class Unpacking {
    private Unpacking() {}

    /**
     * The bytes of a body.
     *
     * @param encoding the header {@code Content-Encoding}, {@code null} for none
     * @param most bytes: what would become larger is not unpacked to its end
     * @throws Problem if it is larger, broken, or packed otherwise
     */
    static byte[] unpacked(byte[] body, String encoding, long most) {
        byte[] plain = switch (encoding == null ? "" : encoding.strip().toLowerCase(Locale.ROOT)) {
            case "", "identity" -> body;
            case "gzip", "x-gzip" -> gunzipped(body, most);
            default ->
                throw Problem.of(Code.IF_ERR_UNSUPPORTED_MEDIA_TYPE, "Exports are read plain, or packed with gzip.");
        };
        if (plain.length > most) {
            throw Problem.of(
                            Code.IF_ERR_BODY_TOO_LARGE,
                            "The export has more than " + most + " bytes. Nothing was taken.")
                    .with("limit", most);
        }
        return plain;
    }

    private static byte[] gunzipped(byte[] body, long most) {
        try (GZIPInputStream packed = new GZIPInputStream(new ByteArrayInputStream(body))) {
            return packed.readNBytes((int) Math.min(most + 1, Integer.MAX_VALUE - 8));
        } catch (ZipException | EOFException broken) {
            throw Problem.badInput("body", "a body that is packed with gzip, as its Content-Encoding says");
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}
