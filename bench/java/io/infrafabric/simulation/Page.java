package io.infrafabric.simulation;

import java.util.List;

/** What is written: paragraphs and tables in Markdown. */
final class Page {
    private final StringBuilder text = new StringBuilder();

    void say(String paragraph) {
        text.append(paragraph).append("\n\n");
    }

    /** The first row is the head. */
    void table(List<List<String>> rows) {
        for (int i = 0; i < rows.size(); i++) {
            text.append("| ").append(String.join(" | ", rows.get(i))).append(" |\n");
            if (i == 0) {
                text.append("|").append("---|".repeat(rows.getFirst().size())).append('\n');
            }
        }
        text.append('\n');
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
