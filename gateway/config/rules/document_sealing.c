/* Which way is meant must be beyond doubt: with two of them, a key that is rotated in one place would be found
 * in the other. What is written counts, also with a mistake in it. */
#include "document_sealing.h"

#include "tree.h"

static const char *const ways[] = {"keyFile", "credential", "environment", "command", "manual"};

static unsigned count_ways(const struct tree_node *sealing)
{
    unsigned count = 0;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        const struct tree_node *way = tree_member(sealing, text_of(ways[i]));
        count += way != NULL && !text_is(way->text, "false");
    }
    return count;
}

static void check_count(struct documents *documents, const struct document *document)
{
    const struct tree_node *sealing = tree_member(tree_member(document->tree, TEXT("spec")), TEXT("sealing"));
    if (sealing == NULL)
        return; /* already a mistake */
    unsigned count = count_ways(sealing);
    if (count != 1)
        documents_add_mistake(
            documents, document, "spec.sealing",
            count == 0
                ? TEXT("spec.sealing: one of keyFile, credential, environment, command and manual is missing")
                : TEXT("spec.sealing: expected one of keyFile, credential, "
                       "environment, command and manual, found several"));
}

void document_sealing_check(struct documents *documents, const struct document *document)
{
    const struct text_list *command = &document->gateway.sealing.command;
    check_count(documents, document);
    if (command->count != 0 && command->items[0].length != 0 && command->items[0].base[0] != '/')
        documents_add_mistake(documents, document, "spec.sealing.command",
                              TEXT("spec.sealing.command: expected a program by its absolute path, since none "
                                   "is searched for"));
}
