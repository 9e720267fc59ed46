package io.infrafabric.door.answer;

/** What answers in the Graphviz language have in common. */
public final class Graphviz {
    /** Its media type at IANA. */
    public static final String MEDIA_TYPE = "text/vnd.graphviz";

    private Graphviz() {}

    /** Quotes any text as the name of a node or as a label; line ends stay line ends. */
    public static String quoted(String text) {
        return '"'
                + text.replace("\\", "\\\\")
                        .replace("\"", "\\\"")
                        .replace("\r", "")
                        .replace("\n", "\\n")
                + '"';
    }
}
