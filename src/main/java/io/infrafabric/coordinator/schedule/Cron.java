package io.infrafabric.coordinator.schedule;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.field.CronField;
import com.cronutils.model.field.CronFieldName;
import com.cronutils.model.field.expression.Always;
import com.cronutils.model.field.expression.And;
import com.cronutils.model.field.expression.Between;
import com.cronutils.model.field.expression.Every;
import com.cronutils.model.field.expression.FieldExpression;
import com.cronutils.model.field.expression.On;
import com.cronutils.model.field.value.FieldValue;
import com.cronutils.parser.CronParser;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.BitSet;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A cron expression: five fields as in Unix (minute, hour, day of the month, month, day of the week), or one of {@code
 * @hourly} to {@code @yearly}. It speaks of times on a wall clock and knows no zone; {@link Firings} does. A library reads and
 * checks the text; the search is here, because it has to be fast enough to count a year of minutes.
 */
public final class Cron {
    /** The 29th of February is at most 8 years away; whoever finds nothing for longer never fires. */
    private static final int MOST_YEARS = 9;

    private static final Map<String, String> NICKNAMES = Map.of(
            "@hourly", "0 * * * *",
            "@daily", "0 0 * * *",
            "@midnight", "0 0 * * *",
            "@weekly", "0 0 * * 0",
            "@monthly", "0 0 1 * *",
            "@yearly", "0 0 1 1 *",
            "@annually", "0 0 1 1 *");

    /** What the library takes besides, such as several expressions in one, is not part of Unix. */
    private static final Pattern FIVE_FIELDS = Pattern.compile("[0-9A-Za-z*,/-]+(\\s+[0-9A-Za-z*,/-]+){4}");

    private final String text;
    private final BitSet minutes;
    private final BitSet hours;
    private final BitSet days;
    private final BitSet months;
    private final BitSet weekdays;
    private final boolean anyDay;
    private final boolean anyWeekday;

    private Cron(String text, Map<CronFieldName, CronField> fields) {
        this.text = text;
        this.minutes = values(fields, CronFieldName.MINUTE, 0, 59);
        this.hours = values(fields, CronFieldName.HOUR, 0, 23);
        this.days = values(fields, CronFieldName.DAY_OF_MONTH, 1, 31);
        this.months = values(fields, CronFieldName.MONTH, 1, 12);
        this.weekdays = values(fields, CronFieldName.DAY_OF_WEEK, 0, 7);
        // Sunday is 0 and 7.
        if (weekdays.get(7)) {
            weekdays.set(0);
        }
        this.anyDay = isAlways(fields, CronFieldName.DAY_OF_MONTH);
        this.anyWeekday = isAlways(fields, CronFieldName.DAY_OF_WEEK);
    }

    /** Nothing, unless the text is a cron expression that fires at some time. */
    public static Optional<Cron> parse(String text) {
        String plain = NICKNAMES.getOrDefault(text, text).strip();
        if (!FIVE_FIELDS.matcher(plain).matches()) {
            return Optional.empty();
        }
        try {
            Map<CronFieldName, CronField> fields = new CronParser(
                            CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX))
                    .parse(plain)
                    .retrieveFieldsAsMap();
            return Optional.of(new Cron(text, fields))
                    .filter(cron -> cron.next(LocalDateTime.of(2000, 1, 1, 0, 0)) != null);
        } catch (IllegalArgumentException notCron) {
            return Optional.empty();
        }
    }

    /** Whether it goes on through all hours of a day: then it is an interval, and no time of the day. */
    boolean isInterval() {
        return hours.cardinality() == 24;
    }

    /** The first time after this one, {@code null} if there is none. */
    LocalDateTime next(LocalDateTime after) {
        return nextOrSame(after.truncatedTo(ChronoUnit.MINUTES).plusMinutes(1));
    }

    /** The first time that is not before this one, {@code null} if there is none. */
    LocalDateTime nextOrSame(LocalDateTime from) {
        LocalDateTime start = from.truncatedTo(ChronoUnit.MINUTES);
        start = start.isBefore(from) ? start.plusMinutes(1) : start;
        LocalDate last = start.toLocalDate().plusYears(MOST_YEARS);
        int firstMinute = start.getHour() * 60 + start.getMinute();
        LocalDate day = start.toLocalDate();
        while (!day.isAfter(last)) {
            if (!months.get(day.getMonthValue())) {
                day = day.withDayOfMonth(1).plusMonths(1);
                firstMinute = 0;
                continue;
            }
            int minute = isOn(day) ? nextMinute(firstMinute) : -1;
            if (minute >= 0) {
                return day.atTime(minute / 60, minute % 60);
            }
            day = day.plusDays(1);
            firstMinute = 0;
        }
        return null;
    }

    /** Where both are given, one of them is enough, as in Unix. */
    private boolean isOn(LocalDate day) {
        boolean ofMonth = days.get(day.getDayOfMonth());
        boolean ofWeek = weekdays.get(
                day.getDayOfWeek() == DayOfWeek.SUNDAY ? 0 : day.getDayOfWeek().getValue());
        return (anyDay || anyWeekday) ? (ofMonth && ofWeek) : (ofMonth || ofWeek);
    }

    private int nextMinute(int from) {
        int hour = hours.nextSetBit(from / 60);
        if (hour < 0) {
            return -1;
        }
        int minute = minutes.nextSetBit(hour == from / 60 ? from % 60 : 0);
        if (minute >= 0) {
            return hour * 60 + minute;
        }
        hour = hours.nextSetBit(hour + 1);
        return hour < 0 ? -1 : hour * 60 + minutes.nextSetBit(0);
    }

    private static BitSet values(Map<CronFieldName, CronField> fields, CronFieldName name, int least, int most) {
        BitSet values = new BitSet(most + 1);
        add(values, fields.get(name).getExpression(), least, most);
        return values;
    }

    private static void add(BitSet values, FieldExpression expression, int least, int most) {
        switch (expression) {
            case Always _ -> values.set(least, most + 1);
            case And all -> all.getExpressions().forEach(one -> add(values, one, least, most));
            case On on -> values.set(number(on.getTime()));
            case Between between -> values.set(number(between.getFrom()), number(between.getTo()) + 1);
            case Every every -> {
                BitSet all = new BitSet();
                if (every.getExpression() instanceof On first) {
                    all.set(number(first.getTime()), most + 1);
                } else {
                    add(all, every.getExpression(), least, most);
                }
                for (int n = all.nextSetBit(0); n >= 0 && n <= most; n += Math.max(1, number(every.getPeriod()))) {
                    if (all.get(n)) {
                        values.set(n);
                    }
                }
            }
            default -> throw new IllegalArgumentException("not part of Unix: " + expression.asString());
        }
    }

    private static int number(FieldValue<?> value) {
        return ((Number) value.getValue()).intValue();
    }

    private static boolean isAlways(Map<CronFieldName, CronField> fields, CronFieldName name) {
        return fields.get(name).getExpression() instanceof Always;
    }

    @Override
    public String toString() {
        return text;
    }
}
