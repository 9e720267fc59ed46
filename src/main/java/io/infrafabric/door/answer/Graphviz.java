package io.infrafabric.door.answer;

/** What answers in the language of Graphviz have in common. */
public final class Graphviz {
    /** The media type that IANA has for it. */
    public static final String MEDIA_TYPE = "text/vnd.graphviz";

    private Graphviz() {}

    /** A text as the name of a node or as a label, whatever is in it; line ends stay line ends. */
    public static String quoted(String text) {
        return '"'
                + text.replace("\\", "\\\\")
                        .replace("\"", "\\\"")
                        .replace("\r", "")
                        .replace("\n", "\\n")
                + '"';
    }
}
