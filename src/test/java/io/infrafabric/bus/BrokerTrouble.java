package io.infrafabric.bus;

import static io.infrafabric.bus.BusBed.PROBE;

import io.infrafabric.broker.Broker;

/** What becomes of the broker, and how it comes back. */
enum BrokerTrouble {
    KILLED {
        @Override
        void begin(Broker broker) {
            broker.kill();
        }

        @Override
        void end(Broker broker) {
            broker.startAgain();
        }
    },
    FROZEN {
        @Override
        void begin(Broker broker) {
            broker.freeze();
        }

        @Override
        void end(Broker broker) {
            broker.thaw();
        }
    },
    FULL {
        @Override
        void begin(Broker broker) {
            broker.fill(PROBE);
        }

        @Override
        void end(Broker broker) {
            broker.makeRoom(PROBE);
        }
    },
    BLOCKED {
        @Override
        void begin(Broker broker) {
            broker.block(PROBE);
        }

        @Override
        void end(Broker broker) {
            broker.makeRoom(PROBE);
        }
    };

    abstract void begin(Broker broker);

    abstract void end(Broker broker);
}
