/* Policies as people keep them, .cedar files and YAML documents, read and compiled against the model for the
 * commands that try them: validate, test and replay. */
#ifndef CLI_POLICIES_POLICY_DOCUMENTS_H
#define CLI_POLICIES_POLICY_DOCUMENTS_H

#include "command.h"
#include "policy_set/policy_set.h"

/* Files, folders and "-", one behind the other. EXIT_CODE_REFUSED with a line per mistake. */
enum exit_code policy_documents_read(const struct invocation *invocation, struct documents *documents,
                                     const char *const *paths, size_t count);
/* EXIT_CODE_REFUSED with every mistake in its line of its file. */
enum exit_code policy_documents_compile(const struct invocation *invocation, const struct documents *documents,
                                        struct policy_set *set);
/* One mistake in the text of a Policy document, shown where it stands in the file it came from. */
void policy_documents_complain(const struct invocation *invocation, const struct documents *documents,
                               const struct document *document, const struct cedar_mistake *mistake);
/* Prints lines that hold foreign text. */
void policy_documents_print(FILE *stream, struct text lines);

#endif
