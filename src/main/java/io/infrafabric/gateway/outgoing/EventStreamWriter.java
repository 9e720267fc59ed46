package io.infrafabric.gateway.outgoing;

import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.Provider;
import java.io.OutputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import org.jboss.resteasy.reactive.server.spi.ResteasyReactiveResourceInfo;
import org.jboss.resteasy.reactive.server.spi.ServerMessageBodyWriter;
import org.jboss.resteasy.reactive.server.spi.ServerRequestContext;

/**
 * Begins an event stream when the head of its answer is ready. A {@code Multi} would do as well, but it writes each event by
 * itself, for each reader.
 */
@Provider
public class EventStreamWriter implements ServerMessageBodyWriter<EventAnswer> {

    @Override
    public boolean isWriteable(Class<?> type, Type generic, ResteasyReactiveResourceInfo target, MediaType media) {
        return EventAnswer.class.isAssignableFrom(type);
    }

    @Override
    public void writeResponse(EventAnswer answer, Type generic, ServerRequestContext context) {
        answer.begin().run();
    }

    @Override
    public boolean isWriteable(Class<?> type, Type generic, Annotation[] annotations, MediaType media) {
        return EventAnswer.class.isAssignableFrom(type);
    }

    @Override
    public void writeTo(
            EventAnswer answer,
            Class<?> type,
            Type generic,
            Annotation[] annotations,
            MediaType media,
            MultivaluedMap<String, Object> headers,
            OutputStream out) {
        throw new IllegalStateException("Only the server of this process writes an event stream");
    }
}
