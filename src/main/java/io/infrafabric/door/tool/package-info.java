/**
 * The seam between the rooms and the gateway's MCP endpoint: what an agent may do by a tool, and what it may read by a name.
 *
 * <p>A room with doors that agents use has a {@code …Tools} file beside its {@code …Resource}: a {@link
 * io.infrafabric.door.tool.Toolbox} whose tools call the methods of the resources in this process. So a tool is checked, audited
 * and made idempotent exactly like the REST call that it stands for, and there is no second way to do anything. The gateway finds all
 * toolboxes of its build and knows no room by name, so a new room brings its tools along. They stand in the rooms and not in the
 * gateway because a tool takes the bodies of its room's resources, which are nobody else's.
 *
 * <p>A tool is a name, one sentence, a few {@link io.infrafabric.door.tool.Field fields}, and what it does. Arguments are checked
 * before it runs ({@link io.infrafabric.door.tool.ToolCall}). It answers with a short text for the model and the answer of the REST
 * call for programs ({@link io.infrafabric.door.tool.Told}). It refuses like a resource does, by a {@link
 * io.infrafabric.problem.Problem}.
 */
package io.infrafabric.door.tool;
