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
    const struct tree_node *spec = tree_member(document->tree, TEXT("spec"));
    const struct tree_node *sealing = tree_member(spec, TEXT("sealing"));
    bool has_former_name = tree_member(spec, TEXT("sealingKeyFile")) != NULL;
    unsigned count = (sealing == NULL ? 0 : count_ways(sealing)) + has_former_name;
    if (count == 0)
        documents_add_mistake(documents, document, "spec.sealing",
                              TEXT("spec.sealing is missing: it says where the sealing key comes from, by one "
                                   "of keyFile, credential, environment, command and manual"));
    else if (count > 1 && has_former_name)
        documents_add_mistake(documents, document, "spec.sealingKeyFile",
                              TEXT("spec.sealingKeyFile: it is the former name of spec.sealing.keyFile, and "
                                   "spec.sealing says already where the key comes from"));
    else if (count > 1)
        documents_add_mistake(documents, document, "spec.sealing",
                              TEXT("spec.sealing: expected one of keyFile, credential, environment, command "
                                   "and manual, found several"));
}

void document_sealing_check(struct documents *documents, struct document *document)
{
    struct gateway_document *gateway = &document->gateway;
    const struct text_list *command = &gateway->sealing.command;
    check_count(documents, document);
    if (gateway->sealing.key_file.length == 0)
        gateway->sealing.key_file = gateway->sealing_key_file;
    if (command->count != 0 && command->items[0].length != 0 && command->items[0].base[0] != '/')
        documents_add_mistake(documents, document, "spec.sealing.command",
                              TEXT("spec.sealing.command: expected a program by its absolute path, since none "
                                   "is searched for"));
}
