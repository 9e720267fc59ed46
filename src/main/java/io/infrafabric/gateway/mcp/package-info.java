/**
 * The Model Context Protocol at {@code POST /gateway/mcp}, for clients of two eras and with no session to lose.
 *
 * <p>Since the revision 2026-07-28 the protocol is stateless: each call says its version in {@code params._meta}, repeats its
 * method and its name in headers, and {@code server/discover} tells what there is. Clients of 2025 begin with {@code initialize}. Both
 * are served at one address: what a call brings decides how it is read ({@link io.infrafabric.gateway.mcp.Incoming}) and
 * answered, and nothing is kept from one call to the next. No {@code Mcp-Session-Id} is ever given out, and one that is sent is
 * ignored, so neither a restart nor another replica is noticed.
 *
 * <p>Answers are plain JSON. A call that waits, and whose client gave a {@code progressToken}, becomes a stream when the first report of
 * progress is due ({@link io.infrafabric.gateway.mcp.Progressing}), because clients give up a call that is silent for a minute.
 *
 * <p>A notification is taken and does nothing. In particular {@code notifications/cancelled} does nothing: opencode sends it for
 * calls that were answered long ago, and whoever believed it would give back a lease that was just granted. A client cancels by
 * closing its connection; then a waiting call ends, and a lease whose answer did not arrive is given back ({@code door.answer.Delivery}).
 *
 * <p>Why not a library: the one for Quarkus that resolves here keeps sessions in memory, and does not notice that a client is gone.
 *
 * <p>The tools are the rooms' own ({@link io.infrafabric.door.tool}), so that a tool does what its REST call does, by the same code.
 * Here stand only those that concern no single room: {@code read_inbox} and {@code why}. All descriptions together stay below 1,300
 * tokens ({@code ToolTextsTest}).
 */
package io.infrafabric.gateway.mcp;
