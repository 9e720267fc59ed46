package io.infrafabric.rescue;

import io.infrafabric.event.RescueEvent;
import io.infrafabric.event.RescueEvent.Answer;
import io.infrafabric.event.RescueEvent.BlockerEscalated;
import io.infrafabric.event.RescueEvent.BlockerRaised;
import io.infrafabric.event.RescueEvent.BlockerReported;
import io.infrafabric.event.RescueEvent.BlockerResolved;
import io.infrafabric.event.RescueEvent.BlockerWithdrawn;
import io.infrafabric.event.RescueEvent.HelpAnswered;
import io.infrafabric.event.RescueEvent.HelpRated;
import io.infrafabric.event.RescueEvent.HelpRequested;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The notices to inboxes: {@code helpRequested} to asked sessions, {@code helpAnswered} to the blocked session,
 * {@code helpEnded} to sessions that are no longer needed, and {@code helpMessaged} to the others when somebody sends a
 * message.
 */
final class Notices {
    /** One notice; {@code data} becomes a JSON object. */
    record Notice(String type, String session, String subject, Map<String, Object> data) {}

    private Notices() {}

    /** The notices about an event of this blocker. */
    static List<Notice> of(RescueEvent event, Blocker blocker) {
        return switch (event) {
            case HelpRequested asked ->
                List.of(notice(
                        "helpRequested",
                        asked.session(),
                        blocker,
                        Map.of(
                                "blocked", asked.blocked(),
                                "description", blocker.description(),
                                "severity", blocker.severity().name(),
                                "score", asked.score(),
                                "until", asked.until().toString())));
            case HelpAnswered answered
            when answered.answer() == Answer.TAKEN_BACK ->
                List.of(notice(
                        "helpEnded",
                        answered.session(),
                        blocker,
                        Map.of("state", answered.answer().name())));
            case HelpAnswered answered ->
                List.of(notice(
                        "helpAnswered",
                        blocker.session(),
                        blocker,
                        Map.of(
                                "session",
                                answered.session(),
                                "answer",
                                answered.answer().name())));
            case BlockerResolved resolved -> ended(blocker, resolved.by());
            case BlockerWithdrawn withdrawn -> ended(blocker, withdrawn.by());
            case BlockerRaised _, BlockerReported _, BlockerEscalated _, HelpRated _ -> List.of();
        };
    }

    /** The notices about a message: to all participants except its author. */
    static List<Notice> message(Blocker blocker, String by, String text) {
        Map<String, Object> data = Map.of("by", by, "text", text);
        return Stream.concat(
                        Stream.of(blocker.session()),
                        blocker.accepted().stream().map(Ask::session))
                .filter(session -> !session.equals(by))
                .map(session -> notice("helpMessaged", session, blocker, data))
                .toList();
    }

    private static List<Notice> ended(Blocker blocker, String by) {
        return blocker.accepted().stream()
                .map(ask -> notice(
                        "helpEnded",
                        ask.session(),
                        blocker,
                        Map.of("state", blocker.state().name(), "by", by)))
                .toList();
    }

    private static Notice notice(String type, String session, Blocker blocker, Map<String, Object> data) {
        return new Notice(type, session, "blocker:" + blocker.id(), data);
    }
}
