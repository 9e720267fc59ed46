package io.infrafabric.relation;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A graph as W3C PROV-JSON (member submission of 2013-04-24): claims and their evidence are entities; their authors are
 * agents. A version was generated when it was stated, and invalidated when the next one came. A claim is derived from
 * what it depends on, from its evidence (as primary source), and from its previous version (as revision); the other
 * relations are influences with {@code s2:relation}.
 */
final class Provenance {
    private final Map<String, Object> entities = new LinkedHashMap<>();
    private final Map<String, Object> agents = new LinkedHashMap<>();
    private final Map<String, Object> generations = new LinkedHashMap<>();
    private final Map<String, Object> invalidations = new LinkedHashMap<>();
    private final Map<String, Object> attributions = new LinkedHashMap<>();
    private final Map<String, Object> derivations = new LinkedHashMap<>();
    private final Map<String, Object> influences = new LinkedHashMap<>();

    private Provenance() {}

    /** The document, to be written as JSON. */
    static Map<String, Object> of(Graph graph) {
        Provenance provenance = new Provenance();
        graph.claims().forEach(provenance::claim);
        graph.relations().forEach(provenance::relation);
        Map<String, Object> document = new LinkedHashMap<>();
        document.put(
                "prefix",
                Map.of(
                        "s2", "urn:s2:relation:",
                        "claim", "urn:s2:claim:",
                        "evidence", "urn:s2:evidence:",
                        "agent", "urn:s2:agent:"));
        document.put("entity", provenance.entities);
        document.put("agent", provenance.agents);
        document.put("wasGeneratedBy", provenance.generations);
        document.put("wasInvalidatedBy", provenance.invalidations);
        document.put("wasAttributedTo", provenance.attributions);
        document.put("wasDerivedFrom", provenance.derivations);
        document.put("wasInfluencedBy", provenance.influences);
        return document;
    }

    private void claim(Claim claim) {
        String name = name(claim.id(), claim.version());
        Map<String, Object> entity = new LinkedHashMap<>();
        entity.put("prov:type", qualified("s2:Claim"));
        entity.put("prov:value", claim.statement());
        generations.put("_:g" + generations.size(), moment(name, claim.statedAt()));
        if (claim.supersededAt() != null) {
            invalidations.put("_:v" + invalidations.size(), moment(name, claim.supersededAt()));
        }
        entity.put("s2:confidence", claim.confidence());
        entity.put("s2:strength", claim.strength());
        entity.put("s2:standing", claim.standing().name());
        entity.put("s2:disputed", claim.disputed());
        entities.put(name, entity);
        String agent = "agent:" + claim.by();
        agents.put(
                agent, Map.of("prov:type", qualified(claim.session() == null ? "prov:Person" : "prov:SoftwareAgent")));
        attributions.put("_:a" + attributions.size(), Map.of("prov:entity", name, "prov:agent", agent));
        for (int i = 0; i < claim.evidence().size(); i++) {
            evidence(name, claim.evidence().get(i), "evidence:" + claim.id() + ".v" + claim.version() + "." + i);
        }
        if (claim.version() > 1) {
            String before = name(claim.id(), claim.version() - 1);
            entities.putIfAbsent(before, Map.of("prov:type", qualified("s2:Claim")));
            derived(name, before, "prov:Revision");
        }
    }

    private void evidence(String claim, Evidence evidence, String name) {
        Map<String, Object> entity = new LinkedHashMap<>();
        entity.put("prov:type", qualified("s2:Evidence"));
        put(entity, "s2:type", evidence.type());
        put(entity, "prov:location", evidence.url());
        put(entity, "s2:hash", evidence.hash());
        put(entity, "s2:origin", evidence.origin());
        entities.put(name, entity);
        derived(claim, name, "prov:PrimarySource");
    }

    private void relation(Relation relation) {
        String from = name(relation.from(), relation.fromVersion());
        String to = name(relation.to(), relation.toVersion());
        if (relation.type() == Relation.Type.DEPENDS_ON) {
            derived(from, to, "s2:depends_on");
        } else {
            influences.put(
                    "_:i" + influences.size(),
                    Map.of(
                            "prov:influencee",
                            from,
                            "prov:influencer",
                            to,
                            "s2:relation",
                            relation.type().wire()));
        }
    }

    private void derived(String from, String to, String type) {
        derivations.put(
                "_:d" + derivations.size(),
                Map.of("prov:generatedEntity", from, "prov:usedEntity", to, "prov:type", qualified(type)));
    }

    private static Map<String, String> qualified(String type) {
        return Map.of("$", type, "type", "prov:QUALIFIED_NAME");
    }

    /** When something was made or ended; the activity behind it is not recorded. */
    private static Map<String, String> moment(String entity, Instant at) {
        return Map.of("prov:entity", entity, "prov:time", at.toString());
    }

    private static void put(Map<String, Object> entity, String name, String value) {
        if (value != null) {
            entity.put(name, value);
        }
    }

    private static String name(String claim, int version) {
        return "claim:" + claim + ".v" + version;
    }
}
