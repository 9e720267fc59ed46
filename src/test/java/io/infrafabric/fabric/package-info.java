/**
 * The fabric as its users meet it, for tests that need several processes: {@link io.infrafabric.fabric.FabricProcess} is a
 * real JVM with the packaged application, {@link io.infrafabric.fabric.Servers} a PostgreSQL and a Redis that such
 * processes share and that a test can take away, {@link io.infrafabric.fabric.Api} an HTTP client, {@link
 * io.infrafabric.fabric.Tokens} the keys. All of them are real, bound to 127.0.0.1, and end with the test.
 */
package io.infrafabric.fabric;
