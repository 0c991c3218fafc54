/* dragoman policy authorize, validate and convert: Cedar offline, over the files that Cedar's own command line
 * takes. */
#include "commands.h"
#include "policy_files.h"
#include "printer.h"

static enum exit_code complain_usage(const struct invocation *invocation, const char *what, const char *next)
{
    terminal_complain(invocation->terminal, text_of(what), TEXT_NONE, text_of(next));
    return EXIT_CODE_USAGE;
}

/* -- authorize */

/* With links a template may stay without one, as in Cedar; without any it was hardly meant. */
static enum exit_code refuse_templates(const struct invocation *invocation, const struct policy_file *file)
{
    if (file->set.link_count != 0 || invocation_has(invocation, "template-linked"))
        return EXIT_CODE_FINE;
    for (size_t i = 0; i < file->set.count; i++)
        if (file->set.policies[i].is_template) {
            const struct cedar_policy *policy = &file->set.policies[i];
            const struct cedar_mistake mistake = {
                .source = policy->source,
                .span = policy->span,
                .sentence = TEXT("This is a template: it decides nothing until its slots are filled."),
                .suggestion = TEXT("Write an entity instead of the slot, or fill it with --template-linked."),
            };
            policy_file_complain_of(invocation, file, policy, &mistake);
            return EXIT_CODE_REFUSED;
        }
    return EXIT_CODE_FINE;
}

/* What decides: policies and linked ones. */
static const struct cedar_policy_index *index_of(const struct invocation *invocation,
                                                 const struct policy_file *file)
{
    size_t count = 0;
    const struct cedar_policy **policies =
        ARENA_ARRAY(invocation->arena, const struct cedar_policy *, file->set.count + file->set.link_count + 1);
    for (size_t i = 0; i < file->set.count; i++)
        if (!file->set.policies[i].is_template)
            policies[count++] = &file->set.policies[i];
    for (size_t i = 0; i < file->set.link_count; i++)
        policies[count++] = &file->linked[i];
    return cedar_policy_index_create(invocation->arena, policies, count);
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
        policy_file_read(invocation, invocation_option(invocation, "policies"),
                         invocation_option(invocation, "template-linked"), &authorization->file);
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
    cedar_authorize(invocation->arena, index_of(invocation, &authorization.file), authorization.entities,
                    &authorization.request, CEDAR_WORK_DEFAULT, &response);
    print_response(invocation, &response);
    return response.is_allowed ? EXIT_CODE_FINE : EXIT_CODE_DENIED;
}

/* -- validate */

static bool has_mistake(const struct cedar_validation *validation, struct text source, struct cedar_span span)
{
    for (size_t i = 0; i < validation->count; i++)
        if (validation->policies[i]->source.base == source.base &&
            validation->policies[i]->span.offset == span.offset)
            return true;
    return false;
}

/* A link stands where its template does, and is looked at where that has no mistake of its own. */
static void validate_links(const struct invocation *invocation, const struct cedar_schema *schema,
                           const struct policy_file *file, struct cedar_validation *validation)
{
    size_t count = 0;
    const struct cedar_policy **policies =
        ARENA_ARRAY(invocation->arena, const struct cedar_policy *, file->set.link_count + 1);
    for (size_t i = 0; i < file->set.link_count; i++)
        if (!has_mistake(validation, file->linked[i].source, file->linked[i].span))
            policies[count++] = &file->linked[i];
    size_t before = validation->count;
    cedar_validate(invocation->arena, schema, policies, count, validation);
    for (size_t i = before; i < validation->count; i++)
        validation->mistakes[i].sentence = arena_print(invocation->arena, "linked as \"%.*s\": %.*s",
                                                       TEXT_ARGUMENTS(validation->policies[i]->id),
                                                       TEXT_ARGUMENTS(validation->mistakes[i].sentence));
}

static enum exit_code validate_file(const struct invocation *invocation, const struct cedar_schema *schema,
                                    const char *path)
{
    struct policy_file file;
    struct cedar_validation validation = {0};
    enum exit_code code =
        policy_file_read(invocation, path, invocation_option(invocation, "template-linked"), &file);
    if (code != EXIT_CODE_FINE)
        return code;
    const struct cedar_policy **policies =
        ARENA_ARRAY(invocation->arena, const struct cedar_policy *, file.set.count + 1);
    for (size_t i = 0; i < file.set.count; i++)
        policies[i] = &file.set.policies[i];
    cedar_validate(invocation->arena, schema, policies, file.set.count, &validation);
    validate_links(invocation, schema, &file, &validation);
    for (size_t i = 0; i < validation.count; i++)
        policy_file_complain_of(invocation, &file, validation.policies[i], &validation.mistakes[i]);
    if (validation.count != 0)
        return EXIT_CODE_REFUSED;
    size_t count = file.set.count + file.set.link_count;
    fprintf(invocation->terminal->out, "%s: %zu %s, valid\n", path, count, count == 1 ? "policy" : "policies");
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

/* -- convert: nothing a policy means is lost on the way; what one form cannot say is refused */

static enum exit_code refuse_conversion(const struct invocation *invocation, const char *path, struct text what,
                                        const char *next)
{
    terminal_complain(invocation->terminal,
                      arena_print(invocation->arena, "%s: %.*s", path, TEXT_ARGUMENTS(what)), TEXT_NONE,
                      text_of(next));
    return EXIT_CODE_REFUSED;
}

static enum exit_code print_json(const struct invocation *invocation, const struct policy_file *file)
{
    struct buffer out = buffer_in(invocation->arena, 1024);
    struct json_writer writer = json_writer_on(&out);
    const struct json_limits limits = {
        .bytes = SIZE_MAX, .depth = JSON_DEPTH_MAX, .members = UINT32_MAX, .takes_nul = true};
    const struct json_value *json = NULL;
    cedar_policy_set_write(&file->set, &writer);
    if (json_parse(invocation->arena, buffer_text(&out), &limits, &json) != FAULT_NONE)
        return refuse_conversion(invocation, file->path, TEXT("The policies are nested too deeply for JSON."),
                                 NULL);
    printer_print(invocation, json);
    return EXIT_CODE_FINE;
}

/* What a reader of the text will call the policy that stands at this place. */
static struct text id_in_text(const struct invocation *invocation, const struct cedar_policy *policy,
                              size_t place)
{
    const struct text *id = cedar_policy_annotation(policy, "id");
    return id != NULL ? *id : arena_print(invocation->arena, "policy%zu", place);
}

static enum exit_code print_policy(const struct invocation *invocation, const struct policy_file *file,
                                   size_t place, struct buffer *out)
{
    const struct cedar_policy *policy = &file->set.policies[place];
    bool is_renamed = !text_equal(policy->id, id_in_text(invocation, policy, place));
    if (is_renamed && cedar_policy_annotation(policy, "id") != NULL)
        return refuse_conversion(
            invocation, file->path,
            arena_print(invocation->arena,
                        "The policy \"%.*s\" has another name as its annotation @id, and would go by "
                        "that in a text.",
                        TEXT_ARGUMENTS(policy->id)),
            "give the annotation the policy's own name, or take it away");
    if (is_renamed) {
        buffer_append(out, TEXT("@id("));
        cedar_string_print(policy->id, out);
        buffer_append(out, TEXT(")\n"));
    }
    cedar_policy_print(policy, out);
    buffer_append(out, TEXT("\n"));
    return EXIT_CODE_FINE;
}

static enum exit_code print_text(const struct invocation *invocation, const struct policy_file *file)
{
    struct buffer out = buffer_in(invocation->arena, 1024);
    if (file->set.link_count != 0)
        return refuse_conversion(invocation, file->path,
                                 TEXT("A text of policies has no place for templateLinks."),
                                 "keep them in a file of their own, for --template-linked");
    for (size_t i = 0; i < file->set.count; i++) {
        buffer_append(&out, i == 0 ? TEXT_NONE : TEXT("\n"));
        enum exit_code code = print_policy(invocation, file, i, &out);
        if (code != EXIT_CODE_FINE)
            return code;
    }
    fwrite(out.base, 1, out.length, invocation->terminal->out);
    return EXIT_CODE_FINE;
}

enum exit_code command_policy_convert(struct invocation *invocation)
{
    struct policy_file file;
    const char *to = invocation_option(invocation, "to");
    struct text form = to != NULL ? text_of(to) : TEXT("");
    if (to != NULL && !text_is(form, "json") && !text_is(form, "cedar"))
        return complain_usage(invocation, "--to is json or cedar", "dragoman policy convert --help");
    enum exit_code code = policy_file_read(invocation, invocation->arguments[0],
                                           invocation_option(invocation, "template-linked"), &file);
    if (code != EXIT_CODE_FINE)
        return code;
    bool is_to_json = to != NULL ? text_is(form, "json") : !file.is_json;
    return is_to_json ? print_json(invocation, &file) : print_text(invocation, &file);
}
