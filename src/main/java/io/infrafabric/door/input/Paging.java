package io.infrafabric.door.input;

import io.infrafabric.door.DoorConfig;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

/** How many items a page has. */
@ApplicationScoped
public class Paging {
    private final int usual;
    private final int most;

    @Inject
    Paging(DoorConfig config) {
        this(config.pageSize(), config.pageSizeMax());
    }

    Paging(int usual, int most) {
        this.usual = usual;
        this.most = most;
    }

    /** The page size for {@code ?limit}: the default if absent; a {@link Problem} if out of bounds. */
    public int limit(Integer limit) {
        return limit == null ? usual : (int) Check.between("limit", limit, 1, most);
    }
}
