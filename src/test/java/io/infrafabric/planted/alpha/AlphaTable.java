package io.infrafabric.planted.alpha;

import io.infrafabric.planted.bus.Transactions;

/** A table that opens a transaction. */
record AlphaTable(Transactions transactions) {}
