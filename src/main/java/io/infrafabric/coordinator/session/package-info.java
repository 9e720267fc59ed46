/**
 * Sessions and swarms: who takes part, what each session can do, and its notices.
 *
 * <p>Start with {@link io.infrafabric.coordinator.session.Session}, a session as it stands, and
 * {@link io.infrafabric.coordinator.session.Enrolment}, the rule of joining, returning and leaving.
 * {@link io.infrafabric.coordinator.session.SessionTable} is the only writer of sessions, and gives out the proof that
 * their rows are locked. {@link io.infrafabric.coordinator.session.Match} scores how well a session fits a task; it
 * learns from the outcomes in {@link io.infrafabric.coordinator.session.OutcomeTable}.
 * {@link io.infrafabric.coordinator.session.SessionInbox} keeps notices until the session has read them.
 * {@link io.infrafabric.coordinator.session.SwarmTable} is the only writer of swarms.
 * {@link io.infrafabric.coordinator.session.Stalling} tells sessions that get somewhere from those that are merely heard, by
 * what {@link io.infrafabric.coordinator.session.ProgressTable} keeps.
 *
 * <p>Nothing here knows how a task is granted or ended. The package above explains what leaving ends, and why.
 */
package io.infrafabric.coordinator.session;
