package io.infrafabric.rescue;

import io.infrafabric.bus.Rows;
import io.infrafabric.coordinator.session.Match.Parts;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.rescue.Blocker.State;
import io.infrafabric.rescue.Ranking.LeftOut;
import io.infrafabric.rescue.Ranking.Why;
import io.vertx.core.json.JsonArray;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.stream.IntStream;

/** Blockers and asks, to and from rows. */
final class BlockerRow {
    private BlockerRow() {}

    /** The blocker as parameters of the statement that saves it. */
    static Tuple of(Blocker blocker) {
        return Tuple.from(new Object[] {
            blocker.id(),
            blocker.swarm(),
            blocker.session(),
            blocker.task(),
            blocker.description(),
            blocker.domains().toArray(String[]::new),
            blocker.tools().toArray(String[]::new),
            blocker.severity().name(),
            blocker.state().name(),
            leftOut(blocker.leftOut()),
            blocker.version(),
            Rows.at(blocker.raisedAt()),
            Rows.at(blocker.endedAt()),
            blocker.endedBy()
        });
    }

    /** The ask as parameters of the statement that saves it. */
    static Tuple of(String blocker, Ask ask) {
        OffsetDateTime answered = Rows.at(ask.answeredAt());
        return Tuple.from(new Object[] {
            blocker,
            ask.session(),
            ask.state().name(),
            ask.parts().domain(),
            ask.parts().tool(),
            ask.parts().recentSuccess(),
            Rows.at(ask.askedAt()),
            Rows.at(ask.until()),
            answered,
            ask.hold(),
            ask.estimate(),
            ask.cost(),
            ask.helped()
        });
    }

    static Blocker blocker(Row row, List<Ask> asks) {
        return new Blocker(
                row.getString("id"),
                row.getString("swarm"),
                row.getString("session"),
                row.getString("task"),
                row.getString("description"),
                List.of(row.getArrayOfStrings("domains")),
                List.of(row.getArrayOfStrings("tools")),
                Severity.valueOf(row.getString("severity")),
                State.valueOf(row.getString("state")),
                asks,
                leftOut(row.getString("left_out")),
                row.getLong("version"),
                Rows.instant(row, "raised_at"),
                Rows.instant(row, "ended_at"),
                row.getString("ended_by"));
    }

    static Ask ask(Row row) {
        return new Ask(
                row.getString("session"),
                Ask.State.valueOf(row.getString("state")),
                new Parts(row.getDouble("domain"), row.getDouble("tool"), row.getDouble("recent_success")),
                Rows.instant(row, "asked_at"),
                Rows.instant(row, "until"),
                Rows.instant(row, "answered_at"),
                row.getString("hold"),
                row.getBigDecimal("estimate"),
                row.getBigDecimal("cost"),
                row.getBoolean("helped"));
    }

    private static String leftOut(List<LeftOut> leftOut) {
        JsonArray all = new JsonArray();
        for (LeftOut left : leftOut) {
            JsonArray one = new JsonArray().add(left.session()).add(left.why().name());
            if (left.parts() != null) {
                one.add(left.parts().domain())
                        .add(left.parts().tool())
                        .add(left.parts().recentSuccess());
            }
            all.add(one);
        }
        return all.encode();
    }

    private static List<LeftOut> leftOut(String json) {
        JsonArray all = new JsonArray(json);
        return IntStream.range(0, all.size())
                .mapToObj(all::getJsonArray)
                .map(one -> new LeftOut(
                        one.getString(0),
                        Why.valueOf(one.getString(1)),
                        one.size() == 2 ? null : new Parts(one.getDouble(2), one.getDouble(3), one.getDouble(4))))
                .toList();
    }
}
