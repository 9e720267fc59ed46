package io.infrafabric.fabric;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Hears everything that is logged in this JVM, down to the lowest level that the build has. */
public final class Listening extends Handler implements AutoCloseable {
    private final Logger root = Logger.getLogger("");
    private final Level before = root.getLevel();
    private final Map<Handler, Level> others = new HashMap<>();
    private final List<String> heard = new CopyOnWriteArrayList<>();

    public Listening() {
        for (Handler handler : root.getHandlers()) {
            others.put(handler, handler.getLevel());
            handler.setLevel(Level.INFO);
        }
        setLevel(Level.ALL);
        root.addHandler(this);
        root.setLevel(Level.ALL);
    }

    public List<String> heard() {
        return heard;
    }

    @Override
    public void publish(LogRecord line) {
        StringBuilder text = new StringBuilder(String.valueOf(line.getMessage()));
        if (line.getParameters() != null) {
            text.append(Arrays.deepToString(line.getParameters()));
        }
        for (Throwable cause = line.getThrown(); cause != null; cause = cause.getCause()) {
            text.append(cause);
        }
        heard.add(text.toString());
    }

    @Override
    public void flush() {
        // Everything is heard at once.
    }

    @Override
    public void close() {
        root.removeHandler(this);
        root.setLevel(before);
        others.forEach(Handler::setLevel);
    }
}
