package io.infrafabric.gateway;

import io.infrafabric.coordinator.session.SessionInbox.Item;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * The notices of an inbox as one short English line each, ready for an agent to read. What sessions and other outsiders
 * wrote is cut and stands in quotes on that one line, so that it reads as data and never as an instruction of the fabric.
 */
public final class InboxText {
    /** The longest text of somebody else that a line quotes, in characters. */
    static final int MOST_QUOTED = 200;

    /** The subject's id and the data of the notice, as a sentence. */
    private interface Sentence extends BiFunction<String, JsonObject, String> {}

    private static final Map<String, Sentence> TEXTS = Map.ofEntries(
            Map.entry("taskAssigned", (id, data) -> "Task " + id + " is assigned to you; claim it."),
            Map.entry(
                    "taskUnassigned",
                    (id, data) -> "Task " + id + " is not assigned to you any more: you lack what it requires."),
            Map.entry("taskStolen", InboxText::stolen),
            Map.entry(
                    "taskCancelled",
                    (id, data) -> "Task " + id + " was cancelled; stop working on it." + because(data, "reason")),
            Map.entry("leaseLost", InboxText::lost),
            Map.entry("preempted", InboxText::preempted),
            Map.entry("stalled", InboxText::stalled),
            Map.entry(
                    "claimDisputed",
                    (id, data) ->
                            "Claim " + word(data, "claim") + ", on which your task " + id + " rests, is disputed."),
            Map.entry("checkRefused", InboxText::refused),
            Map.entry("budgetWarned", (id, data) -> "Most of your money is spent: " + money(data) + "."),
            Map.entry("breakerOpened", InboxText::stopped),
            Map.entry("caseResolved", InboxText::resolved),
            Map.entry(
                    "voteRequested",
                    (id, data) -> "Vote on decision " + id + " until " + word(data, "closesAt") + ": "
                            + quoted(data, "summary") + "."),
            Map.entry(
                    "helpRequested",
                    (id, data) -> word(data, "blocked") + " asks for your help with blocker " + id + " ("
                            + word(data, "severity") + "); answer until " + word(data, "until") + ": "
                            + quoted(data, "description") + "."),
            Map.entry(
                    "helpAnswered",
                    (id, data) ->
                            word(data, "session") + " answered your blocker " + id + ": " + word(data, "answer") + "."),
            Map.entry(
                    "helpMessaged",
                    (id, data) -> word(data, "by") + " wrote about blocker " + id + ": " + quoted(data, "text") + "."),
            Map.entry(
                    "helpEnded",
                    (id, data) -> "Your help with blocker " + id + " is over: " + word(data, "state") + "."));

    private InboxText() {}

    /** The types of notices that have a text of their own. */
    static Set<String> types() {
        return TEXTS.keySet();
    }

    /** The notice as one line, without its number. */
    public static String of(Item item) {
        return of(item.type(), item.subject(), item.data());
    }

    /** The notice as one line. One of a newer release is named by its type and subject. */
    public static String of(String type, String subject, String data) {
        Sentence sentence = TEXTS.get(type);
        String id = subject.substring(subject.indexOf(':') + 1);
        return sentence == null ? line(type + ": " + subject) : line(sentence.apply(id, json(data)));
    }

    private static String stolen(String id, JsonObject data) {
        return "Task " + id + " went from the queue of " + word(data, "fromSession") + " to " + word(data, "toSession")
                + ", who holds it now, epoch " + word(data, "epoch") + ".";
    }

    private static String lost(String id, JsonObject data) {
        String reason = word(data, "reason");
        return "You no longer hold " + id + ": "
                + switch (reason) {
                    case "LEASE_EXPIRED" -> "its lease ran out.";
                    case "SESSION_LOST" -> "nothing was heard from you.";
                    case "STALLED" -> "you showed no progress for too long.";
                    case "PREEMPTED" -> "it was taken away to end a deadlock.";
                    case "RELEASED" -> "it was released.";
                    default -> quoted(data, "reason");
                }
                + " Stop working on it, or claim it again.";
    }

    private static String preempted(String id, JsonObject data) {
        String tasks = data.getJsonArray("released") == null
                ? ""
                : String.join(
                        ", ",
                        data.getJsonArray("released").stream()
                                .filter(JsonObject.class::isInstance)
                                .map(released -> word((JsonObject) released, "task"))
                                .toList());
        return (tasks.isEmpty() ? "Your waits were ended" : "You no longer hold " + tasks) + " to end deadlock " + id
                + ". Stop working on what you lost.";
    }

    private static String stalled(String id, JsonObject data) {
        return "You hold work and have shown no progress since " + word(data, "since")
                + ". Are you stuck? Go on, ask for help, or release it: at " + word(data, "endsAt")
                + " what you hold goes to others.";
    }

    private static String refused(String id, JsonObject data) {
        return "The checker refused your result of " + id + " (epoch " + word(data, "epoch") + ", " + word(data, "left")
                + " tries left): " + quoted(data, "said") + ".";
    }

    private static String stopped(String id, JsonObject data) {
        return "Your breaker is open: "
                + ("FAILURES".equals(data.getString("reason"))
                        ? "too many failures in a row"
                        : "the money of today is spent, " + money(data))
                + ". You get no new tasks.";
    }

    private static String resolved(String id, JsonObject data) {
        if ("ASKED_BY_SESSION".equals(data.getString("reason"))) {
            return answered(id, data);
        }
        return "Case " + id + " is resolved: " + word(data, "option") + " by " + word(data, "by") + "."
                + because(data, "note");
    }

    private static String answered(String id, JsonObject data) {
        String question = quoted(data, "asked") + " (case " + id + ")";
        if ("nobody".equals(data.getString("by"))) {
            return "Nobody answered your question " + question + " in time; taken: " + quoted(data, "option") + ".";
        }
        boolean ownWords = "OTHER".equals(data.getString("option"));
        return "Your question " + question + " is answered by " + word(data, "by") + ": "
                + quoted(data, ownWords ? "note" : "option") + "." + (ownWords ? "" : because(data, "note"));
    }

    private static String money(JsonObject data) {
        return "$" + word(data, "spent") + " of $" + word(data, "limit");
    }

    private static String because(JsonObject data, String field) {
        return data.getValue(field) == null || data.getValue(field).toString().isBlank()
                ? ""
                : " Said: " + quoted(data, field) + ".";
    }

    /** A name, a number or a time of the fabric; "unknown" if it is not there. */
    private static String word(JsonObject data, String field) {
        return data.getValue(field) == null
                ? "unknown"
                : cut(data.getValue(field).toString());
    }

    /** Somebody else's text, cut, on one line and in quotes that it cannot leave. */
    private static String quoted(JsonObject data, String field) {
        return data.getValue(field) == null
                ? "\"\""
                : quoted(data.getValue(field).toString());
    }

    /** The text as data: cut, on one line, and in quotes that it cannot leave. */
    public static String quoted(String text) {
        return "\"" + cut(line(text).replace('"', '\'')) + "\"";
    }

    private static String cut(String text) {
        return text.codePointCount(0, text.length()) <= MOST_QUOTED
                ? text
                : text.substring(0, text.offsetByCodePoints(0, MOST_QUOTED)) + "…";
    }

    /** Without line breaks and other control characters. */
    private static String line(String text) {
        return text.replaceAll("[\\p{Cntrl}\\p{Zl}\\p{Zp}]+", " ").strip();
    }

    private static JsonObject json(String data) {
        try {
            return data == null ? new JsonObject() : new JsonObject(data);
        } catch (DecodeException notAnObject) {
            return new JsonObject();
        }
    }
}
