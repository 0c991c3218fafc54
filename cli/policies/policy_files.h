/* Cedar's files as the policy commands take them: policies, schemas, entities and requests. Each complains on
 * the terminal, with file, line and column, the line itself and what to write instead. */
#ifndef CLI_POLICIES_POLICY_FILES_H
#define CLI_POLICIES_POLICY_FILES_H

#include "cedar/document.h"
#include "cedar/schema.h"
#include "command.h"

struct policy_file {
    const char *path;
    const struct cedar_policy **policies;
    size_t count;
};

/* Policies go by their annotation @id where they have one. */
enum exit_code policy_file_read(const struct invocation *invocation, const char *path,
                                struct policy_file *file);
enum exit_code policy_file_read_schema(const struct invocation *invocation, const char *path,
                                       struct cedar_schema **schema);
/* schema may be NULL. */
enum exit_code policy_file_read_entities(const struct invocation *invocation, const char *path,
                                         const struct cedar_schema *schema, struct cedar_entities **entities);
enum exit_code policy_file_read_request(const struct invocation *invocation, const char *path,
                                        const struct cedar_schema *schema, struct cedar_request *request);
/* "FILE:LINE:COLUMN: ..." with the line and a caret. */
void policy_file_complain(const struct invocation *invocation, const char *path,
                          const struct cedar_mistake *mistake);

#endif
