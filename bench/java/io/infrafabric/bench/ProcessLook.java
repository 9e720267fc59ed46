package io.infrafabric.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the operating system (Linux) and the JVM say about a process, right after a garbage collection.
 *
 * @param residentKb memory that it takes, in KiB
 * @param heapKb of that, objects that are in use, in KiB
 */
record ProcessLook(long residentKb, long heapKb, int threads) {
    /** The two generations of the serial collector. */
    private static final Pattern HEAP = Pattern.compile("(?m)^(?:DefNew|Tenured) .*\\bused (\\d+)K");

    /** Their names, as far as the kernel keeps them. */
    private static final Pattern COMPILER = Pattern.compile("^C[12] CompilerThre");

    private static final int USER_TICKS = 12;
    private static final int SYSTEM_TICKS = 13;
    private static final double TICKS_PER_SECOND = 100;

    /** Collects its garbage, and looks. */
    static ProcessLook at(long pid) {
        jcmd(pid, "GC.run");
        List<Long> heap = HEAP.matcher(jcmd(pid, "GC.heap_info"))
                .results()
                .map(generation -> Long.parseLong(generation.group(1)))
                .toList();
        if (heap.size() != 2) {
            throw new IllegalStateException("jcmd does not say how much heap is used");
        }
        String status = read(Path.of("/proc", Long.toString(pid), "status"));
        return new ProcessLook(
                number(status, "VmRSS:\\s+(\\d+)"),
                heap.getFirst() + heap.getLast(),
                (int) number(status, "Threads:\\s+(\\d+)"));
    }

    /** Rows of a table: memory and threads here and {@code later}, and what one of so many more has cost. */
    List<List<String>> beside(ProcessLook later, int more) {
        return List.of(
                memory("memory (RSS)", residentKb, later.residentKb, more),
                memory("heap in use", heapKb, later.heapKb, more),
                List.of(
                        "threads",
                        Integer.toString(threads),
                        Integer.toString(later.threads),
                        Figures.text((later.threads - threads) / (double) more)));
    }

    private static List<String> memory(String name, long before, long later, int more) {
        return List.of(
                name,
                Figures.whole(before / 1024.0) + " MiB",
                Figures.whole(later / 1024.0) + " MiB",
                Figures.text((later - before) / (double) more) + " KiB");
    }

    /** The most memory that it has taken at any time, in KiB. */
    static long peakKb(long pid) {
        return number(read(Path.of("/proc", Long.toString(pid), "status")), "VmHWM:\\s+(\\d+)");
    }

    /** Seconds of processor time that it has taken so far. */
    static double processorSeconds(long pid) {
        return seconds(Path.of("/proc", Long.toString(pid)));
    }

    /** How many of them its compilers have taken, which come to an end some time after a load has begun. */
    static double compilerSeconds(long pid) {
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            return threads.filter(thread -> COMPILER.matcher(read(thread.resolve("comm"))).find())
                    .mapToDouble(ProcessLook::seconds)
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double seconds(Path processOrThread) {
        // The name, in brackets, may have spaces.
        String stat = read(processOrThread.resolve("stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')')).split(" ", -1);
        return (Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS])) / TICKS_PER_SECOND;
    }

    private static long number(String text, String pattern) {
        Matcher found = Pattern.compile(pattern).matcher(text);
        if (!found.find()) {
            throw new IllegalStateException("There is no " + pattern);
        }
        return Long.parseLong(found.group(1));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String jcmd(long pid, String command) {
        try {
            Process jcmd = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                            Long.toString(pid),
                            command)
                    .redirectErrorStream(true)
                    .start();
            String answer = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (jcmd.waitFor() != 0) {
                throw new IllegalStateException(answer);
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
