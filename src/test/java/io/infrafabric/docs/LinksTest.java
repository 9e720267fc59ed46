package io.infrafabric.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Links between the project's pages. */
class LinksTest {

    @Test
    void every_relative_link_leads_somewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Page page : Page.all()) {
            for (String link : page.links()) {
                if (!leads(page, link)) {
                    broken.add(page.path() + ": " + link);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void every_page_can_be_reached_from_the_readme() throws IOException {
        Set<Path> reached = new HashSet<>();
        Deque<Path> open = new ArrayDeque<>(List.of(Path.of("README.md")));
        while (!open.isEmpty()) {
            Path path = open.pop();
            if (path.toString().endsWith(".md") && Files.exists(path) && reached.add(path)) {
                Page page = Page.of(path);
                page.links().forEach(link -> open.push(page.target(link)));
            }
        }
        assertThat(Page.all())
                .extracting(Page::path)
                .allSatisfy(path -> assertThat(reached).contains(path));
    }

    @Test
    void the_readme_is_short() throws IOException {
        assertThat(Files.readAllLines(Path.of("README.md"))).hasSizeLessThanOrEqualTo(120);
    }

    private static boolean leads(Page page, String link) throws IOException {
        Path target = page.target(link);
        if (!Files.exists(target)) {
            return false;
        }
        int anchor = link.indexOf('#');
        return anchor < 0 || Page.of(target).anchors().contains(link.substring(anchor + 1));
    }
}
