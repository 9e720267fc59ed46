package io.infrafabric.coordinator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * When schedules fire: against tables that were computed by hand, against a walk through every minute, and, as far as it is about
 * the clock on the wall, against a library.
 */
class FiringsTest {

    // By hand

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // The clock is put forward: 02:00 to 03:00 at 01:00Z on 29 March 2026.
                "Europe/Berlin | 30 2 * * * | 2026-03-28T01:30:00Z | 2026-03-29T01:00:00Z 2026-03-30T00:30:00Z",
                "Europe/Berlin | 10,30 2 * * * | 2026-03-28T01:30:00Z | 2026-03-29T01:00:00Z 2026-03-30T00:10:00Z",
                "Europe/Berlin | 0 2-3 * * * | 2026-03-28T02:00:00Z | 2026-03-29T01:00:00Z 2026-03-30T00:00:00Z",
                "Europe/Berlin | */30 * * * * | 2026-03-29T00:30:00Z | 2026-03-29T01:00:00Z 2026-03-29T01:30:00Z",
                "Europe/Berlin | 45 * * * * | 2026-03-29T00:45:00Z | 2026-03-29T01:45:00Z 2026-03-29T02:45:00Z",
                // It is put back: 03:00 to 02:00 at 01:00Z on 25 October 2026.
                "Europe/Berlin | 30 2 * * * | 2026-10-24T00:30:00Z | 2026-10-25T00:30:00Z 2026-10-26T01:30:00Z",
                "Europe/Berlin | 0 3 * * * | 2026-10-24T01:00:00Z | 2026-10-25T02:00:00Z 2026-10-26T02:00:00Z",
                "Europe/Berlin | */30 * * * * | 2026-10-25T00:30:00Z | 2026-10-25T01:00:00Z 2026-10-25T01:30:00Z",
                "Europe/Berlin | @hourly | 2026-10-25T00:00:00Z | 2026-10-25T01:00:00Z 2026-10-25T02:00:00Z",
                // 8 March 2026 at 07:00Z, 1 November 2026 at 06:00Z.
                "America/New_York | 30 2 * * * | 2026-03-07T07:30:00Z | 2026-03-08T07:00:00Z 2026-03-09T06:30:00Z",
                "America/New_York | 30 1 * * * | 2026-10-31T05:30:00Z | 2026-11-01T05:30:00Z 2026-11-02T06:30:00Z",
                "America/New_York | */15 * * * * | 2026-03-08T06:45:00Z | 2026-03-08T07:00:00Z 2026-03-08T07:15:00Z",
                "America/New_York | 15 1,2 * * * | 2026-03-07T07:15:00Z | 2026-03-08T06:15:00Z 2026-03-08T07:00:00Z",
                // Half an hour: back on 5 April 2026 at 15:00Z on the 4th, forward at 15:30Z on 3 October.
                "Australia/Lord_Howe | 45 1 * * * | 2026-04-03T14:45:00Z | 2026-04-04T14:45:00Z 2026-04-05T15:15:00Z",
                "Australia/Lord_Howe | 15 2 * * * | 2026-10-02T15:45:00Z | 2026-10-03T15:30:00Z 2026-10-04T15:15:00Z",
                "Australia/Lord_Howe | 30 2 * * * | 2026-10-02T16:00:00Z | 2026-10-03T15:30:00Z 2026-10-04T15:30:00Z",
                "Australia/Lord_Howe | */20 * * * * | 2026-10-03T15:10:00Z | 2026-10-03T15:40:00Z 2026-10-03T16:00:00Z",
                // A whole day that was left out: 30 December 2011.
                "Pacific/Apia | 0 6 * * * | 2011-12-29T16:00:00Z | 2011-12-30T10:00:00Z 2011-12-30T16:00:00Z",
                "Pacific/Apia | 0 6 * * * | 2026-05-01T17:00:00Z | 2026-05-02T17:00:00Z 2026-05-03T17:00:00Z",
                // Midnight was in the gap: 4 November 2018.
                "America/Sao_Paulo | @daily | 2018-11-03T03:00:00Z | 2018-11-04T03:00:00Z 2018-11-05T02:00:00Z",
                "America/Sao_Paulo | @daily | 2026-11-03T03:00:00Z | 2026-11-04T03:00:00Z 2026-11-05T03:00:00Z",
                // Ramadan: back on 15 February 2026 at 02:00Z, forward on 22 March at 02:00Z.
                "Africa/Casablanca | 30 2 * * * | 2026-02-14T01:30:00Z | 2026-02-15T01:30:00Z 2026-02-16T02:30:00Z",
                "Africa/Casablanca | 30 2 * * * | 2026-03-21T02:30:00Z | 2026-03-22T02:00:00Z 2026-03-23T01:30:00Z",
                "Asia/Kolkata | 30 5 * * 1-5 | 2026-11-27T00:00:00Z | 2026-11-30T00:00:00Z 2026-12-01T00:00:00Z",
                "Asia/Kolkata | @monthly | 2026-11-29T06:00:00Z | 2026-11-30T18:30:00Z 2026-12-31T18:30:00Z",
                "UTC | 0 0 29 2 * | 2026-11-29T06:00:00Z | 2028-02-29T00:00:00Z 2032-02-29T00:00:00Z"
            })
    void it_fires_when_the_table_says(String zone, String cron, String after, String next) {
        Firings firings = Schedule.firings(cron, zone);
        String[] expected = next.split(" ");
        Instant first = firings.next(Instant.parse(after));
        assertThat(firings.from(first, expected.length))
                .containsExactlyElementsOf(
                        Arrays.stream(expected).map(Instant::parse).toList());
    }

    // By walking

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Europe/Berlin",
                "America/New_York",
                "Australia/Lord_Howe",
                "Pacific/Apia",
                "America/Sao_Paulo",
                "Africa/Casablanca",
                "Asia/Kolkata",
                "Africa/Cairo",
                "America/Santiago"
            })
    void it_fires_in_two_years_when_somebody_fires_who_looks_at_the_clock_every_minute(String zone) {
        ZoneRules rules = ZoneId.of(zone).getRules();
        List<Instant> days = new ArrayList<>(List.of(Instant.parse("2026-01-01T00:00:00Z")));
        Instant end = Instant.parse("2028-01-01T00:00:00Z");
        for (ZoneOffsetTransition change = rules.nextTransition(days.getFirst());
                change != null && change.getInstant().isBefore(end);
                change = rules.nextTransition(change.getInstant())) {
            days.add(change.getInstant());
        }
        for (String cron : List.of(
                "* * * * *",
                "*/15 * * * *",
                "7 * * * *",
                "*/20 * * * 0,1",
                "30 2 * * *",
                "*/10 1-3 * * *",
                "0 0 * * *",
                "15 0,1,2,3 * * *",
                "59 23 * * *",
                "0 */2 * * *",
                "45 1 * * 6,0")) {
            for (Instant day : days) {
                Instant from = day.minus(Duration.ofDays(2));
                Instant to = day.plus(Duration.ofDays(2));
                List<Instant> fired = new ArrayList<>();
                Firings firings = Schedule.firings(cron, zone);
                for (Instant at = firings.next(from.minusSeconds(1)); at.isBefore(to); at = firings.next(at)) {
                    fired.add(at);
                }
                assertThat(fired).as("%s in %s around %s", cron, zone, day).isEqualTo(walked(cron, rules, from, to));
            }
        }
    }

    private static List<Instant> walked(String cron, ZoneRules rules, Instant from, Instant to) {
        boolean[][] fields = fields(cron);
        boolean interval = cron.split(" ", -1)[1].equals("*");
        List<Instant> fired = new ArrayList<>();
        for (Instant at = from; at.isBefore(to); at = at.plusSeconds(60)) {
            LocalDateTime wall = LocalDateTime.ofInstant(at, rules.getOffset(at));
            boolean fires = matches(fields, wall)
                    && (interval || rules.getValidOffsets(wall).getFirst().equals(rules.getOffset(at)));
            LocalDateTime before = LocalDateTime.ofInstant(at, rules.getOffset(at.minusSeconds(60)));
            for (LocalDateTime lost = before; !interval && lost.isBefore(wall); lost = lost.plusMinutes(1)) {
                fires |= matches(fields, lost);
            }
            if (fires) {
                fired.add(at);
            }
        }
        return fired;
    }

    private static boolean matches(boolean[][] fields, LocalDateTime wall) {
        return fields[0][wall.getMinute()]
                && fields[1][wall.getHour()]
                && fields[4][
                        wall.getDayOfWeek() == DayOfWeek.SUNDAY
                                ? 0
                                : wall.getDayOfWeek().getValue()];
    }

    private static boolean[][] fields(String cron) {
        boolean[][] fields = new boolean[5][60];
        String[] texts = cron.split(" ", -1);
        for (int i = 0; i < 5; i++) {
            for (String part : texts[i].split(",", -1)) {
                String[] steps = part.split("/", -1);
                String[] ends = steps[0].equals("*") ? new String[] {"0", "59"} : steps[0].split("-", -1);
                int step = steps.length > 1 ? Integer.parseInt(steps[1]) : 1;
                for (int n = Integer.parseInt(ends[0]); n <= Integer.parseInt(ends[ends.length - 1]); n += step) {
                    fields[i][n] = true;
                }
            }
        }
        return fields;
    }

    // Against a library

    @Test
    void on_the_wall_it_fires_when_the_library_says() {
        Random random = new Random(7);
        CronParser parser = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));
        int seen = 0;
        for (int n = 0; n < 300; n++) {
            String text = String.join(
                    " ",
                    field(random, 0, 59),
                    field(random, 0, 23),
                    field(random, 1, 28),
                    field(random, 1, 12),
                    field(random, 0, 6));
            ExecutionTime library = ExecutionTime.forCron(parser.parse(text));
            Firings firings = Schedule.firings(text, "UTC");
            ZonedDateTime theirs = ZonedDateTime.of(2026, 1 + n % 12, 1 + n % 28, n % 24, n % 60, 0, 0, ZoneOffset.UTC);
            Instant ours = theirs.toInstant();
            for (int k = 0; k < 10; k++) {
                theirs = library.nextExecution(theirs).orElseThrow();
                ours = firings.next(ours);
                assertThat(ours).as(text).isEqualTo(theirs.toInstant());
                seen++;
            }
        }
        assertThat(seen).isEqualTo(3000);
    }

    private static String field(Random random, int least, int most) {
        int a = least + random.nextInt(most - least + 1);
        int b = least + random.nextInt(most - least + 1);
        return switch (random.nextInt(6)) {
            case 0 -> Integer.toString(a);
            case 1 -> Math.min(a, b) == Math.max(a, b) ? Integer.toString(a) : Math.min(a, b) + "-" + Math.max(a, b);
            case 2 ->
                new TreeSet<>(List.of(Math.min(a, b), Math.max(a, b) + (a == b ? 1 : 0)))
                        .first()
                        .toString();
            case 3 -> "*/" + (1 + random.nextInt(Math.max(1, most / 2)));
            default -> "*";
        };
    }

    // Refusals

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0 0 30 2 *",
                "0 0 31 2,4,6,9,11 *",
                "0 0 * * * *",
                "*/10 * * * * *",
                "@reboot",
                "@every 1s",
                "@HOURLY",
                "* * * *",
                "60 * * * *",
                "0 24 * * *",
                "0 0 0 * *",
                "0 0 * 13 *",
                "0 0 * * 8",
                "*/0 * * * *",
                "50-10 * * * *",
                "0 0 L * *",
                "0 0 ? * *",
                "0 0 * * 1#2",
                "0|1 0 * * *",
                "0 0 1 1 * | 0 1 * * *",
                "a b c d e",
                ",,,, * * * *",
                "1,2,, * * * *",
                "- - - - -",
                "/ / / / /",
                "*/99999999999 * * * *",
                "99999999999 * * * *",
                " ",
                ""
            })
    void what_is_no_cron_or_never_fires_is_refused(String text) {
        assertThat(Cron.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually", "0 0 * jan sun"
            })
    void names_are_known(String text) {
        assertThat(Cron.parse(text)).isPresent();
    }

    @Test
    void where_both_days_are_given_one_is_enough() {
        Firings firings = Schedule.firings("0 0 13 * 5", "UTC");
        assertThat(firings.from(firings.next(Instant.parse("2026-11-29T00:00:00Z")), 3))
                .containsExactly(
                        Instant.parse("2026-12-04T00:00:00Z"),
                        Instant.parse("2026-12-11T00:00:00Z"),
                        Instant.parse("2026-12-13T00:00:00Z"));
    }
}
