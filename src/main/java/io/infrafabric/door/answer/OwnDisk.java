package io.infrafabric.door.answer;

import io.infrafabric.door.DoorConfig;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.File;
import java.util.Optional;

/** The disk on which an embedded database keeps its data. While it is full, the database may not even run. */
@Singleton
public class OwnDisk {
    /** PostgreSQL writes its log in files of 16 MB. It ends if the next one does not fit, and needs one to start again. */
    private static final long LEAST_ROOM = 2 * (16 << 20);

    private final Optional<File> directory;

    @Inject
    OwnDisk(DoorConfig config) {
        this.directory = config.keyDirectory().map(File::new);
    }

    /** Whether it has no room left; false if it is not known, because the database is somewhere else. */
    public boolean isFull() {
        return directory.filter(OwnDisk::isFull).isPresent();
    }

    /** Whether the disk of a directory has too little room left for a database. */
    public static boolean isFull(File directory) {
        return directory.isDirectory() && directory.getUsableSpace() < LEAST_ROOM;
    }
}
