package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.logging.Level;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.formatters.PatternFormatter;
import org.junit.jupiter.api.Test;

class OneLineTest {
    private final PatternFormatter formatter = new PatternFormatter("%-5p %s%e%n");
    private final KnownNoise filter = new KnownNoise();

    @Test
    void a_line_break_in_what_came_from_outside_makes_no_line() {
        ExtLogRecord line =
                new ExtLogRecord(Level.INFO, "%s %s took %d ms", ExtLogRecord.FormatStyle.PRINTF, "io.infrafabric");
        line.setParameters(new Object[] {"GET", "/x\r\n12:00:00.000 ERROR forged", 7});
        assertThat(logged(line)).isEqualTo("INFO  GET /x\\u000d\\u000a12:00:00.000 ERROR forged took 7 ms\n");
    }

    @Test
    void neither_does_one_in_an_exception() {
        ExtLogRecord line =
                new ExtLogRecord(Level.SEVERE, "Failed", ExtLogRecord.FormatStyle.NO_FORMAT, "io.infrafabric");
        var cause = new IllegalArgumentException("no such thing: a\nERROR forged");
        cause.addSuppressed(new IllegalStateException("b\nERROR forged"));
        line.setThrown(new IllegalStateException("c\nERROR forged", cause));
        assertThat(logged(line).lines())
                .noneMatch(text -> text.startsWith("ERROR forged"))
                .anyMatch(text -> text.contains("IllegalStateException: c\\u000aERROR forged"))
                .anyMatch(text -> text.contains("IllegalArgumentException: no such thing: a\\u000aERROR forged"))
                .anyMatch(text -> text.contains("OneLineTest.neither_does_one_in_an_exception"));
    }

    @Test
    void what_goes_on_in_a_new_line_is_indented() {
        ExtLogRecord line = new ExtLogRecord(
                Level.WARNING, "Unknown: a\nERROR forged", ExtLogRecord.FormatStyle.NO_FORMAT, "io.infrafabric");
        assertThat(logged(line)).isEqualTo("WARNING Unknown: a\n  | ERROR forged\n");
    }

    @Test
    void nor_does_it_move_the_cursor_or_turn_around() {
        ExtLogRecord line = new ExtLogRecord(
                Level.WARNING,
                "Unknown: a\rERROR forged\u2028b\u202ec\u001b[2J\r\nd\te\n",
                ExtLogRecord.FormatStyle.NO_FORMAT,
                "io.infrafabric");
        assertThat(logged(line))
                .isEqualTo("WARNING Unknown: a\\u000dERROR forged\\u2028b\\u202ec\\u001b[2J\n  | d    e\n");
    }

    @Test
    void everything_else_is_left_as_it_is() {
        var thrown = new IllegalStateException("plain");
        ExtLogRecord line = new ExtLogRecord(Level.INFO, "%s", ExtLogRecord.FormatStyle.PRINTF, "io.infrafabric");
        line.setParameters(new Object[] {"ü"});
        line.setThrown(thrown);
        assertThat(filter.isLoggable(line)).isTrue();
        assertThat(line.getThrown()).isSameAs(thrown);
        assertThat(line.getParameters()).containsExactly("ü");
    }

    private String logged(ExtLogRecord line) {
        assertThat(filter.isLoggable(line)).isTrue();
        return formatter.format(line).replace(System.lineSeparator(), "\n");
    }
}
