package io.infrafabric.input;

/** The addresses of the gateway whose clients read refusals in a form of their own. */
public final class AgentPath {
    /** The Model Context Protocol. */
    public static final String MCP = "/gateway/mcp";

    /** Where a client of the protocol reads how it identifies itself (RFC 9728). */
    public static final String RESOURCE_METADATA = "/.well-known/oauth-protected-resource";

    private AgentPath() {}

    /** Whether a path, without the query, is that of the protocol. */
    public static boolean isMcp(String path) {
        return path != null && path.startsWith(MCP) && (path.length() == MCP.length() || path.equals(MCP + "/"));
    }
}
