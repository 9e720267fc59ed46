/**
 * The command {@code s2}, for people and scripts: what it calls, and the script itself.
 *
 * <p>The command is a shell script with {@code curl}, because an agent's hooks and a person at a prompt have no time for a JVM to start.
 * It knows no texts: {@link io.infrafabric.gateway.command.ToolResource} runs the tools that agents have over MCP and answers in
 * their words, as plain text. So the script that somebody has downloaded is not out of date when the fabric learns more.
 * {@link io.infrafabric.gateway.command.ScriptResource} serves it, and its checksum.
 */
package io.infrafabric.gateway.command;
