/**
 * Checks of what {@code edge/} has for single machines: the systemd unit, the script that it runs, and the script that upgrades. Nothing here needs systemd. The scripts run as they are,
 * on directories of the test, with a control of its own in the place of systemctl.
 */
package io.infrafabric.edge;
