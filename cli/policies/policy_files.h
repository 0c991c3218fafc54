/* Cedar's files as the policy commands take them: policies, schemas, entities and requests. Each complains on
 * the terminal, with file, line and column, the line itself and what to write instead. */
#ifndef CLI_POLICIES_POLICY_FILES_H
#define CLI_POLICIES_POLICY_FILES_H

#include "cedar/document.h"
#include "cedar/policy_set.h"
#include "cedar/schema.h"
#include "command.h"

struct policy_file {
    const char *path;
    bool is_json;
    struct cedar_policy_set
        set; /* templates among the policies; links of a JSON file, and those of a file of links */
    const struct cedar_policy *linked; /* what the links make: set.link_count */
};

/* Cedar text, or JSON: a file whose name ends in .json, or that begins with a brace. Policies of a text go by
 * their annotation @id where they have one, those of a set in JSON by their names there. links: a file of links
 * as Cedar's command line keeps them, or NULL. */
enum exit_code policy_file_read(const struct invocation *invocation, const char *path, const char *links,
                                struct policy_file *file);
/* Of one policy of the file: in JSON, where it has no line, its id and the line of its Cedar text. */
void policy_file_complain_of(const struct invocation *invocation, const struct policy_file *file,
                             const struct cedar_policy *policy, const struct cedar_mistake *mistake);
enum exit_code policy_file_read_schema(const struct invocation *invocation, const char *path,
                                       struct cedar_schema **schema);
/* schema may be NULL. */
enum exit_code policy_file_read_entities(const struct invocation *invocation, const char *path,
                                         const struct cedar_schema *schema, struct cedar_entities **entities);
enum exit_code policy_file_read_request(const struct invocation *invocation, const char *path,
                                        const struct cedar_schema *schema, struct cedar_request *request);

#endif
