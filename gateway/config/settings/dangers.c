/* Which choices are dangerous is asked of the values, so that it makes no difference where one came from. */
#include "settings/dangers.h"

#include <string.h>

#include "base/fault.h"
#include "config/danger.h"
#include "document_fields.h"
#include "mistake.h"

static const struct danger_row rows[DANGER_COUNT] = {
#define DANGER(symbol, word, meaning) [DANGER_##symbol] = {word, meaning},
#include "base/danger_list.h"
#undef DANGER
};

const struct danger_row *danger_row(enum danger danger)
{
    INVARIANT(danger > DANGER_NONE && danger < DANGER_COUNT);
    return &rows[danger];
}

/* Halves and quarters of all addresses count as all: nobody's own network is that large. fc00::/7
 * and 10.0.0.0/8 are networks of one's own. */
static bool has_everyone(const struct text_list *ranges)
{
    enum { IPV4_BITS_LEAST = 8, IPV6_BITS_LEAST = 7 };
    for (size_t i = 0; i < ranges->count; i++) {
        int64_t bits;
        struct text rest = ranges->items[i], address = text_cut(&rest, '/');
        bool is_ipv6 = address.length != 0 && memchr(address.base, ':', address.length) != NULL;
        if (text_to_int64(rest, &bits) && bits < (is_ipv6 ? IPV6_BITS_LEAST : IPV4_BITS_LEAST))
            return true;
    }
    return false;
}

bool danger_is_chosen(enum danger danger, const struct gateway_document *gateway)
{
    switch (danger) {
    case DANGER_WEAK_DURABILITY:
        return gateway->postgres_is_weak;
    case DANGER_NO_ISOLATION:
        return gateway->adapters.is_isolation_waived;
    case DANGER_NO_CONFINEMENT:
        return !gateway->is_confined;
    case DANGER_NO_STRANGER_LIMIT:
        return gateway->strangers.refusals_per_minute == 0;
    case DANGER_ANY_CLIENT:
        return gateway->authorization.is_registration_open &&
               text_list_has(&gateway->authorization.metadata_hosts, TEXT("*"));
    case DANGER_ANY_OUTBOUND:
        return has_everyone(&gateway->outbound_allow);
    case DANGER_PLAINTEXT_LISTENER:
        return gateway->plaintext_listen.count != 0;
    case DANGER_BELIEVE_ANYONE:
        return has_everyone(&gateway->terminators.addresses);
    case DANGER_NONE:
    case DANGER_COUNT:
        break;
    }
    return false;
}

struct chooser {
    struct text path;
    const struct field *field; /* NULL: no row has it */
};

static struct chooser chooser_of(struct arena *arena, enum danger danger, const struct field *fields,
                                 struct text path)
{
    struct chooser found = {TEXT_NONE, NULL};
    for (const struct field *field = fields; field->name != NULL && found.field == NULL; field++) {
        struct text name = arena_print(arena, "%.*s.%s", TEXT_ARGUMENTS(path), field->name);
        if (field->danger == danger)
            found = (struct chooser){name, field};
        else if (field->shape == FIELD_GROUP)
            found = chooser_of(arena, danger, field->fields, name);
    }
    return found;
}

static void refuse_unsaid(struct documents *documents, const struct document *document, enum danger danger,
                          const struct chooser *chooser)
{
    documents_add_mistake(
        documents, document, chooser->path.base,
        arena_print(documents->arena,
                    "%.*s: %s is dangerous: %s; if that is wanted, add \"%s\" to the list spec.insecure",
                    TEXT_ARGUMENTS(chooser->path), chooser->field->dangerous, rows[danger].meaning,
                    rows[danger].word));
}

static void refuse_superfluous(struct documents *documents, const struct document *document, size_t index,
                               const struct chooser *chooser)
{
    const struct tree_node *item = tree_nearest(document->tree, "spec.insecure")->first;
    for (size_t i = 0; i < index; i++)
        item = item->next;
    mistake_add(documents, document->source, item->line, item->column,
                "spec.insecure: \"%.*s\" stands for %.*s: %s, which is not chosen; take the word away",
                TEXT_ARGUMENTS(item->text), TEXT_ARGUMENTS(chooser->path), chooser->field->dangerous);
}

static size_t index_of(const struct text_list *list, const char *word)
{
    size_t i = 0;
    while (i < list->count && !text_is(list->items[i], word))
        i++;
    return i;
}

void dangers_check(struct documents *documents, const struct document *document)
{
    const struct text_list *said = &document->gateway.insecure;
    const struct field *settings = kind_row(DOCUMENT_GATEWAY)->fields;
    for (int i = DANGER_NONE + 1; i < DANGER_COUNT; i++) {
        enum danger danger = (enum danger)i;
        struct chooser chooser = chooser_of(documents->arena, danger, settings, TEXT("spec"));
        INVARIANT(chooser.field != NULL);
        bool is_chosen = danger_is_chosen(danger, &document->gateway);
        size_t index = index_of(said, rows[danger].word);
        if (is_chosen && index == said->count)
            refuse_unsaid(documents, document, danger, &chooser);
        else if (!is_chosen && index != said->count)
            refuse_superfluous(documents, document, index, &chooser);
    }
}
