package io.infrafabric.launch;

import io.infrafabric.input.Unicode;
import java.util.logging.LogRecord;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jboss.logmanager.ExtLogRecord;

/**
 * Keeps outside text from passing for a line of the log: a line break in a path, a name or the message of an exception
 * is shown as an escape, and all other continuation lines are indented with a bar.
 */
final class OneLine {
    private static final String GOES_ON = "\n  | ";

    private static final Pattern LINE_END = Pattern.compile("\r?\n");

    // The most causes of an exception; no chain of ours is a fifth as long.
    private static final int MOST_CAUSES = 20;

    private OneLine() {}

    static void make(LogRecord line) {
        Object[] parameters = line.getParameters();
        if (parameters != null && parameters.length > 0) {
            line.setParameters(shown(parameters));
        } else if (line.getMessage() != null
                && !Unicode.inOneLine(line.getMessage()).equals(line.getMessage())) {
            String message = LINE_END.splitAsStream(line.getMessage().replace("\t", "    "))
                    .map(Unicode::inOneLine)
                    .collect(Collectors.joining(GOES_ON));
            if (line instanceof ExtLogRecord ours) {
                ours.setMessage(message, ours.getFormatStyle());
            } else {
                line.setMessage(message);
            }
        }
        if (breaksLines(line.getThrown(), MOST_CAUSES)) {
            line.setThrown(new Shown(line.getThrown(), MOST_CAUSES));
        }
    }

    private static Object[] shown(Object[] parameters) {
        Object[] shown = parameters.clone();
        for (int i = 0; i < shown.length; i++) {
            if (shown[i] != null && !(shown[i] instanceof Number)) {
                String text = shown[i].toString();
                String line = text == null ? null : Unicode.inOneLine(text);
                shown[i] = line == null || line.equals(text) ? shown[i] : line;
            }
        }
        return shown;
    }

    private static boolean breaksLines(Throwable thrown, int causes) {
        if (thrown == null || causes == 0) {
            return false;
        }
        String text = thrown.toString();
        if (!Unicode.inOneLine(text).equals(text) || breaksLines(thrown.getCause(), causes - 1)) {
            return true;
        }
        for (Throwable suppressed : thrown.getSuppressed()) {
            if (breaksLines(suppressed, causes - 1)) {
                return true;
            }
        }
        return false;
    }

    /** Stands for an exception in the log, with its message in one line. */
    // It is shown like the original, whose class stands before the message.
    @SuppressWarnings("OverrideThrowableToString")
    private static final class Shown extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final String text;

        Shown(Throwable thrown, int causes) {
            super(
                    null,
                    thrown.getCause() == null || causes == 0 ? null : new Shown(thrown.getCause(), causes - 1),
                    true,
                    true);
            text = Unicode.inOneLine(thrown.toString());
            setStackTrace(thrown.getStackTrace());
            if (causes > 0) {
                for (Throwable suppressed : thrown.getSuppressed()) {
                    addSuppressed(new Shown(suppressed, causes - 1));
                }
            }
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
