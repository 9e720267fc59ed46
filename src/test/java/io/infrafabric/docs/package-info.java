/** The pages under {@code docs/} that say what the code says; {@code -Ds2.write-docs=true} writes them anew. */
package io.infrafabric.docs;
