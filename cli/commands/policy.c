/* dragoman policy authorize and validate: Cedar offline, over the files that Cedar's own command line takes. */
#include "commands.h"
#include "policy_files.h"
#include "printer.h"

static enum exit_code complain_usage(const struct invocation *invocation, const char *what, const char *next)
{
    terminal_complain(invocation->terminal, text_of(what), TEXT_NONE, text_of(next));
    return EXIT_CODE_USAGE;
}

/* -- authorize */

static enum exit_code refuse_templates(const struct invocation *invocation, const struct policy_file *file)
{
    for (size_t i = 0; i < file->count; i++)
        if (file->policies[i]->is_template) {
            const struct cedar_mistake mistake = {
                .source = file->policies[i]->source,
                .span = file->policies[i]->span,
                .sentence = TEXT("This is a template: it decides nothing until its slots are filled."),
                .suggestion = TEXT("Write an entity instead of the slot."),
            };
            policy_file_complain(invocation, file->path, &mistake);
            return EXIT_CODE_REFUSED;
        }
    return EXIT_CODE_FINE;
}

struct authorization {
    struct policy_file file;
    struct cedar_schema *schema; /* NULL: none was given */
    struct cedar_entities *entities;
    struct cedar_request request;
};

static enum exit_code read_authorization(const struct invocation *invocation,
                                         struct authorization *authorization)
{
    const char *schema = invocation_option(invocation, "schema");
    enum exit_code code =
        policy_file_read(invocation, invocation_option(invocation, "policies"), &authorization->file);
    if (code == EXIT_CODE_FINE)
        code = refuse_templates(invocation, &authorization->file);
    if (code == EXIT_CODE_FINE && schema != NULL)
        code = policy_file_read_schema(invocation, schema, &authorization->schema);
    if (code == EXIT_CODE_FINE)
        code = policy_file_read_entities(invocation, invocation_option(invocation, "entities"),
                                         authorization->schema, &authorization->entities);
    if (code == EXIT_CODE_FINE)
        code = policy_file_read_request(invocation, invocation_option(invocation, "request"),
                                        authorization->schema, &authorization->request);
    return code;
}

static void print_response(const struct invocation *invocation, const struct cedar_response *response)
{
    struct buffer out = buffer_in(invocation->arena, 512);
    struct json_writer writer = json_writer_on(&out);
    const struct json_value *json = NULL;
    cedar_response_write(response, &writer);
    if (json_parse(invocation->arena, buffer_text(&out), &cedar_document_limits, &json) == FAULT_NONE)
        printer_print(invocation, json);
}

enum exit_code command_policy_authorize(struct invocation *invocation)
{
    struct authorization authorization = {0};
    struct cedar_response response;
    if (!invocation_has(invocation, "policies") || !invocation_has(invocation, "entities") ||
        !invocation_has(invocation, "request"))
        return complain_usage(invocation, "--policies, --entities and --request each name a file",
                              "dragoman policy authorize --help");
    enum exit_code code = read_authorization(invocation, &authorization);
    if (code != EXIT_CODE_FINE)
        return code;
    struct cedar_policy_index *index =
        cedar_policy_index_create(invocation->arena, authorization.file.policies, authorization.file.count);
    cedar_authorize(invocation->arena, index, authorization.entities, &authorization.request,
                    CEDAR_WORK_DEFAULT, &response);
    print_response(invocation, &response);
    return response.is_allowed ? EXIT_CODE_FINE : EXIT_CODE_DENIED;
}

/* -- validate */

static enum exit_code validate_file(const struct invocation *invocation, const struct cedar_schema *schema,
                                    const char *path)
{
    struct policy_file file;
    struct cedar_validation validation = {0};
    enum exit_code code = policy_file_read(invocation, path, &file);
    if (code != EXIT_CODE_FINE)
        return code;
    cedar_validate(invocation->arena, schema, file.policies, file.count, &validation);
    for (size_t i = 0; i < validation.count; i++)
        policy_file_complain(invocation, path, &validation.mistakes[i]);
    if (validation.count != 0)
        return EXIT_CODE_REFUSED;
    fprintf(invocation->terminal->out, "%s: %zu %s, valid\n", path, file.count,
            file.count == 1 ? "policy" : "policies");
    return EXIT_CODE_FINE;
}

enum exit_code command_policy_validate(struct invocation *invocation)
{
    struct cedar_schema *schema;
    const char *path = invocation_option(invocation, "schema");
    if (path == NULL)
        return complain_usage(invocation, "say with --schema what the policies are checked against",
                              "dragoman policy validate --help");
    enum exit_code result = policy_file_read_schema(invocation, path, &schema);
    if (result != EXIT_CODE_FINE)
        return result;
    for (unsigned i = 0; i < invocation->argument_count; i++)
        if (validate_file(invocation, schema, invocation->arguments[i]) != EXIT_CODE_FINE)
            result = EXIT_CODE_REFUSED;
    return result;
}
