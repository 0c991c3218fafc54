/* Compiling the policies of all documents into one book. A text with a mistake refuses the whole. */
#include "policy_book_parts.h"

#include <stdlib.h>

#include "base/digest.h"
#include "cedar/schema.h"
#include "policy/policy_model.h"

struct compilation {
    struct arena *arena;
    const struct policy_mistakes *mistakes;
    struct policy_book *book;
    size_t capacity;
    bool has_mistakes;
    size_t *told; /* mistakes, of each source */
};

/* Nobody reads more of one text, and to find the place of each takes as long as the text is. */
enum { TOLD_MAX = 100 };

static void tell(struct compilation *compilation, size_t source, const struct cedar_mistake *mistake)
{
    compilation->has_mistakes = true;
    if (compilation->told[source]++ < TOLD_MAX)
        compilation->mistakes->add(compilation->mistakes->context, source, mistake);
}

static void make_room(struct compilation *compilation, size_t more)
{
    struct policy_book *book = compilation->book;
    if (book->count + more <= compilation->capacity)
        return;
    size_t capacity = 2 * (book->count + more);
    const struct cedar_policy **policies =
        ARENA_ARRAY(compilation->arena, const struct cedar_policy *, capacity);
    struct policy_effect *effects = ARENA_ARRAY(compilation->arena, struct policy_effect, capacity);
    for (size_t i = 0; i < book->count; i++) {
        policies[i] = book->policies[i];
        effects[i] = book->effects[i];
    }
    book->policies = policies;
    book->effects = effects;
    compilation->capacity = capacity;
}

static void mistake_at(struct compilation *compilation, size_t source, const struct cedar_policy *policy,
                       struct cedar_span span, struct text sentence)
{
    const struct cedar_mistake mistake = {.source = policy->source, .span = span, .sentence = sentence};
    tell(compilation, source, &mistake);
}

/* What the agent says it is doing is recorded and may tighten a decision; it never permits. */
static void check_purpose(struct compilation *compilation, size_t source, const struct cedar_policy *policy)
{
    if (!policy->is_forbid && cedar_policies_read_context(&policy, 1, TEXT("purpose")))
        mistake_at(compilation, source, policy, policy->span,
                   TEXT("a permit must not depend on context.purpose, which is the agent's own word; use a "
                        "forbid"));
}

/* Named by its document and its @id, or its place in the text. */
static void name_policy(struct compilation *compilation, const struct policy_source *source,
                        struct cedar_policy *policy)
{
    const struct text *own = cedar_policy_annotation(policy, "id");
    const struct text parts[] = {source->name, TEXT("/"), own != NULL ? *own : policy->id};
    policy->id = arena_join(compilation->arena, parts, 3);
}

static void add_policy(struct compilation *compilation, size_t source, struct cedar_policy *policy)
{
    struct policy_book *book = compilation->book;
    struct policy_effect *effect = &book->effects[book->count];
    struct cedar_mistake mistake = {0};
    name_policy(compilation, &book->sources[source], policy);
    policy->tag = book->count;
    *effect = (struct policy_effect){.id = policy->id, .source = source};
    if (policy->is_template)
        mistake_at(compilation, source, policy, policy->span,
                   TEXT("a template has nothing to fill its slot here; name the principal or resource"));
    if (!policy_effect_read(compilation->arena, policy, effect, &mistake))
        tell(compilation, source, &mistake);
    check_purpose(compilation, source, policy);
    book->policies[book->count++] = policy;
}

static void parse_source(struct compilation *compilation, size_t source)
{
    struct cedar_policy *policies;
    struct cedar_mistake mistake = {0};
    size_t count;
    if (cedar_policies_parse(compilation->arena, compilation->book->sources[source].policies, &policies, &count,
                             &mistake) != FAULT_NONE) {
        tell(compilation, source, &mistake);
        return;
    }
    make_room(compilation, count);
    for (size_t i = 0; i < count; i++)
        add_policy(compilation, source, &policies[i]);
}

static int compare_ids(const void *a, const void *b)
{
    const struct policy_effect *const *left = a, *const *right = b;
    return text_compare((*left)->id, (*right)->id);
}

static void check_ids(struct compilation *compilation)
{
    struct policy_book *book = compilation->book;
    const struct policy_effect **sorted =
        ARENA_ARRAY(compilation->arena, const struct policy_effect *, book->count + 1);
    for (size_t i = 0; i < book->count; i++)
        sorted[i] = &book->effects[i];
    qsort(sorted, book->count, sizeof(sorted[0]), compare_ids);
    for (size_t i = 1; i < book->count; i++) {
        const struct cedar_policy *policy = book->policies[sorted[i] - book->effects];
        if (text_equal(sorted[i]->id, sorted[i - 1]->id))
            mistake_at(compilation, sorted[i]->source, policy, policy->span,
                       arena_print(compilation->arena, "there are two policies %.*s; give each its own @id",
                                   TEXT_ARGUMENTS(policy->id)));
    }
}

/* Types of entities, their attributes, the actions, and what each may be asked. */
static void validate(struct compilation *compilation)
{
    struct policy_book *book = compilation->book;
    struct cedar_validation validation = {0};
    cedar_validate(compilation->arena, book->schema, book->policies, book->count, &validation);
    for (size_t i = 0; i < validation.count; i++) {
        const struct policy_effect *effect = policy_book_effect(book, validation.policies[i]);
        tell(compilation, effect->source, &validation.mistakes[i]);
    }
}

static struct cedar_policy_index *index_of(struct compilation *compilation, bool is_report)
{
    const struct policy_book *book = compilation->book;
    const struct cedar_policy **chosen =
        ARENA_ARRAY(compilation->arena, const struct cedar_policy *, book->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < book->count; i++)
        if (book->sources[book->effects[i].source].is_report == is_report)
            chosen[count++] = book->policies[i];
    return is_report && count == 0 ? NULL : cedar_policy_index_create(compilation->arena, chosen, count);
}

static struct text version_of(struct arena *arena, const struct policy_source *sources, size_t count)
{
    unsigned char digest[DIGEST_SIZE];
    struct text *parts = ARENA_ARRAY(arena, struct text, 3 * count + 1);
    char *hexadecimal = arena_allocate(arena, 2 * DIGEST_SIZE + 1);
    for (size_t i = 0; i < count; i++) {
        parts[3 * i] = sources[i].name;
        parts[3 * i + 1] = sources[i].policies;
        parts[3 * i + 2] = sources[i].is_report ? TEXT("report") : TEXT("enforce");
    }
    digest_parts(parts, 3 * count, digest);
    digest_hex(digest, hexadecimal);
    return (struct text){hexadecimal, 16};
}

enum fault policy_book_compile(struct arena *arena, const struct policy_source *sources, size_t count,
                               const struct policy_mistakes *mistakes, struct policy_book **out)
{
    struct policy_book *book = ARENA_NEW(arena, struct policy_book);
    struct compilation compilation = {.arena = arena, .mistakes = mistakes, .book = book};
    book->sources = sources;
    book->source_count = count;
    book->schema = policy_model_schema(arena);
    compilation.told = ARENA_ARRAY(arena, size_t, count + 1);
    for (size_t i = 0; i < count; i++)
        parse_source(&compilation, i);
    check_ids(&compilation);
    validate(&compilation);
    if (compilation.has_mistakes)
        return FAULT_POLICY_INVALID;
    book->enforced = index_of(&compilation, false);
    book->reported = index_of(&compilation, true);
    book->version = version_of(arena, sources, count);
    cedar_policies_find_tags(arena, book->policies, book->count, &book->tags);
    book->reads_risk = policy_book_reads(book, "risk") ||
                       cedar_policies_read_attribute(book->policies, book->count, TEXT("risk"));
    book->reads_numbers = policy_book_reads(book, "numbers");
    *out = book;
    return FAULT_NONE;
}

const struct policy_effect *policy_book_effect(const struct policy_book *book,
                                               const struct cedar_policy *policy)
{
    return &book->effects[policy->tag];
}

size_t policy_book_count(const struct policy_book *book)
{
    return book->count;
}

size_t policy_book_enforced_count(const struct policy_book *book)
{
    size_t count = 0;
    for (size_t i = 0; i < book->count; i++)
        count += !book->sources[book->effects[i].source].is_report;
    return count;
}

const struct cedar_policy *policy_book_policy(const struct policy_book *book, size_t position)
{
    return book->policies[position];
}

const struct policy_source *policy_book_source(const struct policy_book *book, size_t position)
{
    return &book->sources[book->effects[position].source];
}

bool policy_book_reads(const struct policy_book *book, const char *attribute)
{
    return cedar_policies_read_context(book->policies, book->count, text_of(attribute));
}

bool policy_book_asks_attribute(const struct policy_book *book, struct text name)
{
    return cedar_tag_names_have(&book->tags, name) || (book->reads_risk && text_is(name, "risk"));
}

bool policy_book_asks_any_tag(const struct policy_book *book)
{
    return book->tags.is_any || book->tags.count != 0;
}

bool policy_book_reads_numbers(const struct policy_book *book)
{
    return book->reads_numbers;
}

const struct cedar_schema *policy_book_schema(const struct policy_book *book)
{
    return book->schema;
}

struct text policy_book_version(const struct policy_book *book)
{
    return book->version;
}

const struct cedar_policy *policy_book_next_unknown(const struct policy_book *book, size_t *position,
                                                    struct text *annotation)
{
    for (; *position < book->count; (*position)++)
        if (book->effects[*position].unknown.length != 0) {
            *annotation = book->effects[*position].unknown;
            return book->policies[(*position)++];
        }
    return NULL;
}
