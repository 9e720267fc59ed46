package io.infrafabric.planted.bus;

import org.hibernate.internal.SessionFactoryImpl;

/** Something that the door has no business with; it knows what Hibernate keeps to itself. */
public record Wire(SessionFactoryImpl factory) {}
