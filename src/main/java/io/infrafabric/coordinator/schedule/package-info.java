/**
 * Schedules: tasks that are made again and again, at times of the calendar.
 *
 * <p>A schedule is a row with a cron expression, a zone and the body of a submit. Its due row ({@link
 * io.infrafabric.bus.Due}) says when it fires next. When that comes due, {@link
 * io.infrafabric.coordinator.schedule.ScheduleTransaction} makes the task through the path of every submit, notes the time of
 * the next firing and writes its due row, in one transaction. The id of the task is the name of the schedule and the minute of
 * the firing, and the row of the schedule is under lock: so there is one task for each firing, however many processes there
 * are and whenever one of them is killed.
 *
 * <p>{@link io.infrafabric.coordinator.schedule.Cron} reads an expression and knows the clock on the wall; {@link
 * io.infrafabric.coordinator.schedule.Firings} knows zones, and what happens when clocks are put forward and back; {@link
 * io.infrafabric.coordinator.schedule.CatchUp} decides about firings that came while nothing of the fabric ran. All three are
 * plain, and take the time as a parameter. Due rows of schedules do not move after a gap, unlike leases: a firing is missed
 * or late, and never shifted.
 *
 * <p>What a firing came to stands in {@code last}: the task, or why there is none. A task that is refused stops nothing.
 *
 * <p>The row of a schedule is locked before all other rows. With {@code REPLACE} the old task is cancelled after the new one is
 * there; should two such transactions wait for each other, PostgreSQL ends one of them, and the inbox runs it again.
 */
package io.infrafabric.coordinator.schedule;
