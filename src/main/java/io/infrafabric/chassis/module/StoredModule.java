package io.infrafabric.chassis.module;

import java.time.Instant;
import java.util.List;

/**
 * A module as its newest version is.
 *
 * @param imports the functions of WASI that it needs
 * @param version counted from 1
 * @param older its other versions, newest first; absent in lists
 */
public record StoredModule(
        String name,
        String sha256,
        int size,
        List<String> imports,
        long version,
        String uploadedBy,
        Instant uploadedAt,
        Instant createdAt,
        List<OlderVersion> older) {

    /** A version that is kept because something is pinned to it. */
    public record OlderVersion(String sha256, long version, int size, Instant uploadedAt) {}

    StoredModule with(List<OlderVersion> versions) {
        return new StoredModule(name, sha256, size, imports, version, uploadedBy, uploadedAt, createdAt, versions);
    }
}
