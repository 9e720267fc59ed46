/**
 * How the fabric starts: which servers it uses, the embedded PostgreSQL and Redis, and the banner.
 *
 * <p>The rule is {@link io.infrafabric.launch.Servers}: a given server is used, any other is embedded, and a given
 * PostgreSQL needs a given Redis. It is plain Java over {@link io.infrafabric.launch.Given}, so the effect of a
 * combination of variables can be read and tested without starting anything.
 *
 * <p>The servers start when the configuration is first asked for one of their addresses ({@link
 * io.infrafabric.launch.LaunchConfigSource}). This serves {@code java -jar}, {@code quarkus:dev} and {@code @QuarkusTest}
 * alike and starts nothing during a build. {@link io.infrafabric.launch.Embedded} remembers in system properties that it
 * has been done, because Quarkus loads classes several times in one process.
 *
 * <p><b>Who owns what.</b> A {@link io.infrafabric.launch.DataDirectory} belongs to one process at a time, by a lock
 * that the operating system frees. The servers in it run in sessions of their own: Ctrl-C reaches only the fabric,
 * which drains and then stops them. After a {@code kill -9} they live on as orphans; the next start on that directory
 * finds them by their process id files, stops them, and lets PostgreSQL recover what was committed. Redis keeps
 * nothing, because nothing depends on Redis surviving.
 *
 * <p><b>Secrets.</b> Both servers listen on 127.0.0.1 and require passwords. These and the operator token are random,
 * made at the first start, and readable only by the owner of the directory.
 *
 * <p><b>Builds of one function</b> ({@link io.infrafabric.launch.BuildConfigSource}) carry no servers and no
 * migrations: the rule refuses to embed there. {@link io.infrafabric.launch.Migration} and
 * {@link io.infrafabric.launch.Holding} are runs of the all-in-one for them: the first applies the migrations,
 * subscribes all functions and ends; the second keeps the embedded servers running.
 *
 * <p>Nothing imports this package. An installation with given servers (a cluster, a native image) runs nothing in it
 * except the rule.
 */
package io.infrafabric.launch;
