package io.infrafabric.chassis.module;

import io.infrafabric.chassis.module.WasmReader.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Whether a module may be kept, before any engine has seen it. The rule allocates nothing that the module names, takes a
 * time that grows with its bytes alone, and says what it refuses.
 *
 * <p>A module imports functions of WASI preview 1 and nothing else, has one memory of its own, and exports it as
 * {@code memory} beside {@code _start}. What the interpreter has no bound for (garbage collection, exceptions, tail
 * calls), what needs several threads, and what differs between machines is refused.
 */
public final class Examination {
    /** Bytes of a module. */
    public static final int MOST_BYTES = 4 << 20;

    /** Functions. */
    static final int MOST_FUNCTIONS = 20_000;

    /** Locals of one function. */
    static final int MOST_LOCALS = 2_000;

    /** Locals of all functions: a few bytes of a module can say that a function has 2,000. */
    static final int MOST_LOCALS_IN_ALL = 500_000;

    /** Segments of data and of elements together. */
    static final int MOST_SEGMENTS = 10_000;

    /** Tables. */
    static final int MOST_TABLES = 4;

    /** Entries of all tables, at first and whenever a run grows one; and of all element segments. */
    public static final int MOST_ENTRIES = 65_536;

    private static final int MOST_TYPES = 10_000;
    private static final int MOST_VALUES = 1_000;
    private static final int MOST_VALUES_IN_ALL = 100_000;
    private static final int MOST_IMPORTS = 1_000;
    private static final int MOST_EXPORTS = 10_000;
    private static final int MOST_GLOBALS = 10_000;
    private static final int MOST_CUSTOM = 100;
    private static final String WASI = "wasi_snapshot_preview1";

    private static final int CUSTOM = 0;
    private static final int FUNCTION = 0;
    private static final int MEMORY = 2;
    private static final int DATA_COUNT = 12;
    private static final int CODE = 10;

    /** In this order they stand in a module: the count of data comes before the code. */
    private static final List<Integer> ORDER = List.of(1, 2, 3, 4, 5, 6, 7, 8, 9, DATA_COUNT, CODE, 11);

    /** All functions of WASI preview 1. */
    private static final Set<String> FUNCTIONS = Set.of("""
            args_get args_sizes_get environ_get environ_sizes_get clock_res_get clock_time_get fd_advise
            fd_allocate fd_close fd_datasync fd_fdstat_get fd_fdstat_set_flags fd_fdstat_set_rights
            fd_filestat_get fd_filestat_set_size fd_filestat_set_times fd_pread fd_prestat_get
            fd_prestat_dir_name fd_pwrite fd_read fd_readdir fd_renumber fd_seek fd_sync fd_tell fd_write
            path_create_directory path_filestat_get path_filestat_set_times path_link path_open path_readlink
            path_remove_directory path_rename path_symlink path_unlink_file poll_oneoff proc_exit proc_raise
            sched_yield random_get sock_accept sock_recv sock_send sock_shutdown
            """.strip().split("\\s+"));

    /** What became of a module. */
    public sealed interface Finding {
        /**
         * It may be kept.
         *
         * @param imports the functions that it needs
         */
        record Good(List<String> imports) implements Finding {}

        /**
         * It may not.
         *
         * @param what the first thing that it may not have
         */
        record Bad(String what) implements Finding {}
    }

    private final CodeWalk code = new CodeWalk();
    private final List<String> imports = new ArrayList<>();
    private int functions;
    private int bodies;
    private int segments;
    private int entries;
    private int values;
    private int locals;
    private int custom;
    private boolean memory;
    private boolean start;
    private boolean exportedMemory;

    private Examination() {}

    /** Examines the bytes of a module. */
    public static Finding of(byte[] bytes) {
        try {
            return new Examination().examine(bytes);
        } catch (Refused refused) {
            return new Finding.Bad(refused.getMessage());
        }
    }

    private Finding examine(byte[] bytes) {
        if (bytes.length > MOST_BYTES) {
            return new Finding.Bad(bytes.length + " bytes, and at most " + MOST_BYTES + " are allowed");
        }
        WasmReader in = WasmReader.of(bytes);
        if (in.left() < 8 || fixed(in) != 0x6D736100 || fixed(in) != 1) {
            return new Finding.Bad("bytes that are no WASM module of version 1");
        }
        int before = -1;
        while (in.left() > 0) {
            int id = in.one();
            WasmReader section = in.part(in.u32(), "section " + id);
            if (id == CUSTOM) {
                custom(section);
                continue;
            }
            int place = ORDER.indexOf(id);
            if (place < 0) {
                throw new Refused(id == 13 ? "tags (exceptions)" : "a section of the unknown kind " + id);
            }
            if (place <= before) {
                throw new Refused("section " + id + " twice, or in a wrong place");
            }
            before = place;
            section(id, section);
            section.mustBeRead();
        }
        return finding();
    }

    private Finding finding() {
        if (functions != bodies) {
            throw new Refused(functions + " functions with " + bodies + " bodies");
        }
        if (!memory) {
            throw new Refused("no memory of its own");
        }
        if (!start || !exportedMemory) {
            throw new Refused("no export of the " + (start ? "memory \"memory\"" : "function \"_start\""));
        }
        return new Finding.Good(List.copyOf(imports));
    }

    private static int fixed(WasmReader in) {
        return in.one() | in.one() << 8 | in.one() << 16 | in.one() << 24;
    }

    private void custom(WasmReader section) {
        if (++custom > MOST_CUSTOM) {
            throw new Refused("more than " + MOST_CUSTOM + " custom sections");
        }
        section.name();
    }

    private void section(int id, WasmReader in) {
        switch (id) {
            case 1 -> types(in);
            case 2 -> imports(in);
            case 3 -> functions(in);
            case 4 -> tables(in);
            case 5 -> memories(in);
            case 6 -> globals(in);
            case 7 -> exports(in);
            case 8, DATA_COUNT -> in.u32();
            case 9 -> elements(in);
            case CODE -> bodies(in);
            default -> data(in);
        }
    }

    private void types(WasmReader in) {
        int count = in.count(3, MOST_TYPES, "types");
        for (int i = 0; i < count; i++) {
            if (in.one() != 0x60) {
                throw new Refused("types of garbage collection");
            }
            values(in);
            values(in);
        }
    }

    private void values(WasmReader in) {
        int count = in.count(1, MOST_VALUES, "parameters or results of a function");
        values += count;
        if (values > MOST_VALUES_IN_ALL) {
            throw new Refused("more than " + MOST_VALUES_IN_ALL + " parameters and results in all");
        }
        for (int i = 0; i < count; i++) {
            CodeWalk.valueType(in);
        }
    }

    private void imports(WasmReader in) {
        int count = in.count(4, MOST_IMPORTS, "imports");
        for (int i = 0; i < count; i++) {
            String module = in.name();
            String name = in.name();
            if (!module.equals(WASI) || in.one() != FUNCTION || !FUNCTIONS.contains(name)) {
                throw new Refused("an import of " + module + "." + name + ": only functions of " + WASI + " are there");
            }
            in.u32();
            imports.add(name);
        }
    }

    private void functions(WasmReader in) {
        functions = in.count(1, MOST_FUNCTIONS, "functions");
        for (int i = 0; i < functions; i++) {
            in.u32();
        }
    }

    private void tables(WasmReader in) {
        int count = in.count(3, MOST_TABLES, "tables");
        long all = 0;
        for (int i = 0; i < count; i++) {
            CodeWalk.reference(in);
            all += limits(in, "a table");
        }
        if (all > MOST_ENTRIES) {
            throw new Refused(all + " entries of tables, and at most " + MOST_ENTRIES + " are allowed");
        }
    }

    private void memories(WasmReader in) {
        int count = in.count(2, 1, "memories");
        for (int i = 0; i < count; i++) {
            var _ = limits(in, "a memory");
            memory = true;
        }
    }

    /** The least of them. */
    private static long limits(WasmReader in, String what) {
        int flags = in.one();
        if (flags > 1) {
            throw new Refused(what + (flags > 3 ? " with 64-bit addresses" : " that is shared between threads"));
        }
        long least = in.u32();
        if (flags == 1) {
            in.u32();
        }
        return least;
    }

    private void globals(WasmReader in) {
        int count = in.count(4, MOST_GLOBALS, "globals");
        for (int i = 0; i < count; i++) {
            CodeWalk.valueType(in);
            in.one();
            code.walk(in);
        }
    }

    private void exports(WasmReader in) {
        int count = in.count(3, MOST_EXPORTS, "exports");
        for (int i = 0; i < count; i++) {
            String name = in.name();
            int kind = in.one();
            in.u32();
            start |= kind == FUNCTION && name.equals("_start");
            exportedMemory |= kind == MEMORY && name.equals("memory");
        }
    }

    private void elements(WasmReader in) {
        int count = in.count(2, MOST_SEGMENTS, "segments");
        segments(count);
        for (int i = 0; i < count; i++) {
            element(in);
        }
    }

    /** Bits of the kind: 1 not placed at the start, 2 with a table (or only declared), 4 expressions instead of numbers. */
    private void element(WasmReader in) {
        long kind = in.u32();
        if (kind > 7) {
            throw new Refused("an element segment of the unknown kind " + kind);
        }
        boolean placed = (kind & 1) == 0;
        if (placed && (kind & 2) != 0) {
            in.u32();
        }
        if (placed) {
            code.walk(in);
        }
        boolean expressions = (kind & 4) != 0;
        if ((kind & 3) != 0) {
            if (expressions) {
                CodeWalk.reference(in);
            } else {
                in.one();
            }
        }
        int count = in.count(1, MOST_ENTRIES, "elements");
        entries += count;
        if (entries > MOST_ENTRIES) {
            throw new Refused("more than " + MOST_ENTRIES + " elements");
        }
        for (int i = 0; i < count; i++) {
            if (expressions) {
                code.walk(in);
            } else {
                in.u32();
            }
        }
    }

    private void bodies(WasmReader in) {
        bodies = in.count(3, MOST_FUNCTIONS, "bodies of functions");
        for (int i = 0; i < bodies; i++) {
            WasmReader body = in.part(in.u32(), "the body of function " + i);
            locals(body);
            code.walk(body);
            body.mustBeRead();
        }
    }

    private void locals(WasmReader in) {
        int groups = in.count(2, MOST_LOCALS, "groups of locals");
        long count = 0;
        for (int i = 0; i < groups; i++) {
            count += in.u32();
            CodeWalk.valueType(in);
            if (count > MOST_LOCALS) {
                throw new Refused(count + " locals of a function, and at most " + MOST_LOCALS + " are allowed");
            }
        }
        locals += (int) count;
        if (locals > MOST_LOCALS_IN_ALL) {
            throw new Refused("more than " + MOST_LOCALS_IN_ALL + " locals in all");
        }
    }

    private void data(WasmReader in) {
        int count = in.count(2, MOST_SEGMENTS, "segments");
        segments(count);
        for (int i = 0; i < count; i++) {
            long kind = in.u32();
            if (kind == 2 && in.u32() != 0) {
                throw new Refused("more than one memory");
            }
            if (kind > 2) {
                throw new Refused("a data segment of the unknown kind " + kind);
            }
            if (kind != 1) {
                code.walk(in);
            }
            in.skip(in.u32());
        }
    }

    private void segments(int count) {
        segments += count;
        if (segments > MOST_SEGMENTS) {
            throw new Refused(segments + " segments, and at most " + MOST_SEGMENTS + " are allowed");
        }
    }
}
