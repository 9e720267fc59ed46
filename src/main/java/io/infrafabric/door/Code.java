package io.infrafabric.door;

/** Every error code there is. Stable: a code never changes its meaning. The docs page of all codes is made from this. */
public enum Code {
    IF_ERR_BAD_INPUT(400, "A value is missing, malformed or out of its bounds.", "Correct the named field."),
    IF_ERR_OVERLOADED(503, "More calls are waiting than are let in.", "Try again in a second."),
    IF_ERR_STALE_EPOCH(
            409, "The lease that the call was made under has ended.", "Stop working on the task, and claim again.");

    private final int status;
    private final String meaning;
    private final String whatToDo;

    Code(int status, String meaning, String whatToDo) {
        this.status = status;
        this.meaning = meaning;
        this.whatToDo = whatToDo;
    }

    public int status() {
        return status;
    }

    public String meaning() {
        return meaning;
    }

    public String whatToDo() {
        return whatToDo;
    }
}
