/*
 * A checker: accepts a result that fits a schema.
 *
 * stdin is what every checker gets: {"task":{"id","title","payload"},"result",...}. The schema is the member "schema" of the
 * task's payload: JSON Schema, of which this knows type, required, properties, items, enum (of texts, numbers, true, false and
 * null), minimum, maximum, minLength, minItems and maxItems. Other members are ignored.
 *
 * Exits with 0 if the result fits, with 1 and a sentence on stderr if it does not, and with 64 if there is no schema.
 *
 * How it was built: see docs/chassis.md.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { NOTHING, NUL, FALSE_, TRUE_, NUMBER, STRING, ARRAY, OBJECT };

/* A value: where it stands in the text, and what is in it. */
struct value {
    enum kind kind;
    const char *text; /* of a number or a string, without its quotes */
    size_t length;
    double number;
    struct value *name;  /* of a member */
    struct value *first; /* of an array or an object */
    struct value *next;
};

static const char *at, *end;
static int depth;

static struct value *value(void);

static void blank(void) {
    while (at < end && strchr(" \t\r\n", *at) && *at) at++;
}

static int eat(char c) {
    blank();
    if (at < end && *at == c) {
        at++;
        return 1;
    }
    return 0;
}

static struct value *make(enum kind kind) {
    struct value *made = calloc(1, sizeof *made);
    if (!made) exit(66);
    made->kind = kind;
    return made;
}

static void broken(void) {
    fputs("the input is no JSON\n", stderr);
    exit(65);
}

static struct value *string(void) {
    struct value *made = make(STRING);
    made->text = at;
    while (at < end && *at != '"') at += *at == '\\' ? 2 : 1;
    if (at >= end) broken();
    made->length = (size_t)(at++ - made->text);
    return made;
}

static struct value *word(const char *text, enum kind kind) {
    size_t length = strlen(text);
    if ((size_t)(end - at) < length || memcmp(at, text, length)) broken();
    at += length;
    return make(kind);
}

static struct value *list(enum kind kind, char close) {
    struct value *made = make(kind), **last = &made->first;
    if (++depth > 200) broken();
    if (!eat(close)) {
        do {
            struct value *name = NULL;
            if (kind == OBJECT) {
                if (!eat('"')) broken();
                name = string();
                if (!eat(':')) broken();
            }
            *last = value();
            (*last)->name = name;
            last = &(*last)->next;
        } while (eat(','));
        if (!eat(close)) broken();
    }
    depth--;
    return made;
}

static struct value *value(void) {
    blank();
    if (at >= end) broken();
    switch (*at) {
    case '{': at++; return list(OBJECT, '}');
    case '[': at++; return list(ARRAY, ']');
    case '"': at++; return string();
    case 't': return word("true", TRUE_);
    case 'f': return word("false", FALSE_);
    case 'n': return word("null", NUL);
    default: {
        struct value *made = make(NUMBER);
        char *after;
        made->text = at;
        made->number = strtod(at, &after);
        if (after == at) broken();
        at = after;
        made->length = (size_t)(at - made->text);
        return made;
    }
    }
}

static int is(const struct value *text, const char *wanted) {
    return text && text->kind == STRING && text->length == strlen(wanted) && !memcmp(text->text, wanted, text->length);
}

static const struct value *member(const struct value *object, const char *name) {
    if (object && object->kind == OBJECT)
        for (const struct value *m = object->first; m; m = m->next)
            if (is(m->name, name)) return m;
    return NULL;
}

static const struct value *named(const struct value *object, const struct value *name) {
    for (const struct value *m = object->first; m; m = m->next)
        if (m->name->length == name->length && !memcmp(m->name->text, name->text, name->length)) return m;
    return NULL;
}

static int same(const struct value *a, const struct value *b) {
    if (a->kind != b->kind) return 0;
    if (a->kind == NUMBER) return a->number == b->number;
    return a->kind != STRING || (a->length == b->length && !memcmp(a->text, b->text, a->length));
}

static int has_type(const struct value *v, const struct value *type) {
    switch (v->kind) {
    case NUL: return is(type, "null");
    case FALSE_:
    case TRUE_: return is(type, "boolean");
    case NUMBER: return is(type, "number") || (is(type, "integer") && v->number == (double)(long long)v->number);
    case STRING: return is(type, "string");
    case ARRAY: return is(type, "array");
    case OBJECT: return is(type, "object");
    default: return 0;
    }
}

static int typed(const struct value *v, const struct value *type) {
    if (!type) return 1;
    if (type->kind != ARRAY) return has_type(v, type);
    for (const struct value *one = type->first; one; one = one->next)
        if (has_type(v, one)) return 1;
    return 0;
}

static int bad(const char *where, const char *what, const struct value *detail) {
    fprintf(stderr, "%s: %s", where, what);
    if (detail) fprintf(stderr, " %.*s", (int)(detail->length > 200 ? 200 : detail->length), detail->text ? detail->text : "");
    fputc('\n', stderr);
    return 0;
}

static double count(const struct value *list) {
    double n = 0;
    for (const struct value *one = list->first; one; one = one->next) n++;
    return n;
}

/* Characters, not bytes; an escape counts as one. */
static double characters(const struct value *string) {
    double n = 0;
    for (size_t i = 0; i < string->length; i++) {
        unsigned char c = (unsigned char)string->text[i];
        if (c == '\\') i += string->text[i + 1] == 'u' ? 5 : 1;
        if ((c & 0xC0) != 0x80) n++;
    }
    return n;
}

static int bounded(const char *where, double n, const struct value *schema, const char *least, const char *most) {
    const struct value *bound = member(schema, least);
    if (bound && bound->kind == NUMBER && n < bound->number) return bad(where, "is below the least of", bound);
    bound = member(schema, most);
    if (bound && bound->kind == NUMBER && n > bound->number) return bad(where, "is above the most of", bound);
    return 1;
}

static int fits(const struct value *v, const struct value *schema, const char *where) {
    char place[256];
    const struct value *wanted = member(schema, "type");
    if (!typed(v, wanted)) return bad(where, "has not the type", wanted->kind == STRING ? wanted : NULL);
    wanted = member(schema, "enum");
    if (wanted) {
        const struct value *one = wanted->first;
        while (one && !same(v, one)) one = one->next;
        if (!one) return bad(where, "is none of the values of enum", NULL);
    }
    if (v->kind == NUMBER && !bounded(where, v->number, schema, "minimum", "maximum")) return 0;
    if (v->kind == STRING && !bounded(where, characters(v), schema, "minLength", "maxLength")) return 0;
    if (v->kind == ARRAY) {
        const struct value *items = member(schema, "items");
        int i = 0;
        if (!bounded(where, count(v), schema, "minItems", "maxItems")) return 0;
        for (const struct value *one = v->first; one && items; one = one->next) {
            snprintf(place, sizeof place, "%s[%d]", where, i++);
            if (!fits(one, items, place)) return 0;
        }
    }
    if (v->kind == OBJECT) {
        const struct value *required = member(schema, "required"), *properties = member(schema, "properties");
        for (const struct value *name = required ? required->first : NULL; name; name = name->next)
            if (name->kind == STRING && !named(v, name)) return bad(where, "lacks the member", name);
        for (const struct value *p = properties && properties->kind == OBJECT ? properties->first : NULL; p; p = p->next) {
            const struct value *m = named(v, p->name);
            snprintf(place, sizeof place, "%s.%.*s", where, (int)(p->name->length > 100 ? 100 : p->name->length), p->name->text);
            if (m && !fits(m, p, place)) return 0;
        }
    }
    return 1;
}

int main(void) {
    size_t room = 1 << 16, length = 0, got;
    char *text = malloc(room + 1);
    while (text && (got = fread(text + length, 1, room - length, stdin)) > 0)
        if ((length += got) == room) text = realloc(text, (room *= 2) + 1);
    if (!text) return 66;
    text[length] = 0;
    at = text;
    end = text + length;
    struct value *input = value();
    const struct value *schema = member(member(member(input, "task"), "payload"), "schema");
    const struct value *result = member(input, "result");
    if (!schema) {
        fputs("the task's payload has no schema\n", stderr);
        return 64;
    }
    if (!result) {
        fputs("there is no result\n", stderr);
        return 1;
    }
    return !fits(result, schema, "result");
}
