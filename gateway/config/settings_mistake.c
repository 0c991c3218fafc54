/* A mistake that an adapter finds in what a document says to it: where it stands, by the adapter's JSON
 * pointer. Called while documents are applied. */
#include "mistake.h"

enum { POINTER_SHOWN_MAX = 200 };

/* RFC 6901 section 4: ~1 is a slash and ~0 a tilde, in that order. */
static struct text unescape(struct arena *arena, struct text token)
{
    char *name = arena_allocate(arena, token.length + 1);
    size_t length = 0;
    for (size_t i = 0; i < token.length; i++) {
        bool is_escaped = token.base[i] == '~' && i + 1 < token.length &&
                          (token.base[i + 1] == '0' || token.base[i + 1] == '1');
        name[length++] = !is_escaped ? token.base[i] : token.base[i + 1] == '1' ? '/' : '~';
        i += is_escaped;
    }
    return (struct text){name, length};
}

static const struct tree_node *item_at(const struct tree_node *list, struct text index)
{
    int64_t wanted;
    if (!text_to_int64(index, &wanted) || wanted < 0)
        return NULL;
    const struct tree_node *item = list->first;
    for (int64_t i = 0; item != NULL && i < wanted; i++)
        item = item->next;
    return item;
}

/* The deepest node on the way that exists: what is missing is told where it should be. */
const struct tree_node *tree_at_pointer(struct arena *arena, const struct tree_node *node, struct text pointer)
{
    struct text rest = pointer;
    if (rest.length != 0 && rest.base[0] == '/')
        rest = (struct text){rest.base + 1, rest.length - 1};
    while (rest.length != 0) {
        struct text token = unescape(arena, text_cut(&rest, '/'));
        const struct tree_node *next =
            node->kind == TREE_LIST ? item_at(node, token) : tree_member(node, token);
        if (next == NULL)
            return node;
        node = next;
    }
    return node;
}

void documents_add_settings_mistake(struct documents *documents, const struct document *document,
                                    const char *field, struct text pointer, struct text sentence)
{
    unsigned line = document->line, column = 1;
    if (document->tree != NULL) {
        const struct tree_node *node =
            tree_at_pointer(documents->arena, tree_nearest(document->tree, field), pointer);
        line = node->line;
        column = node->column;
    }
    mistake_add(documents, document->source, line, column, "%s%.*s: %.*s", field,
                TEXT_ARGUMENTS(text_beginning(pointer, POINTER_SHOWN_MAX)), TEXT_ARGUMENTS(sentence));
}
