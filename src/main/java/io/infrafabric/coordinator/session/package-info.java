/**
 * Sessions and swarms: who takes part, what each session can do, and what it is told.
 *
 * <p>Start with {@link io.infrafabric.coordinator.session.Session}, a session as it stands, and {@link
 * io.infrafabric.coordinator.session.Enrolment}, the rule of joining, returning and leaving. {@link
 * io.infrafabric.coordinator.session.SessionTable} is the only writer of sessions and gives out the proof that their rows
 * are under lock. {@link io.infrafabric.coordinator.session.Match} scores how well a session fits a task; it learns from the
 * outcomes in {@link io.infrafabric.coordinator.session.OutcomeTable}. {@link
 * io.infrafabric.coordinator.session.SessionInbox} keeps notices until the session has read them. {@link
 * io.infrafabric.coordinator.session.SwarmTable} is the only writer of swarms.
 *
 * <p>Nothing here knows how a task is granted or ended. Why leaving ends what it ends stands in the package above.
 */
package io.infrafabric.coordinator.session;
