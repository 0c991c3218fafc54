/* dragoman policy authorize, validate and schema: Cedar offline, over the files that Cedar's own command line
 * takes; and policies of the gateway against the model that this program carries. */
#include "commands/commands.h"
#include "policy/policy_model.h"
#include "policy_documents.h"
#include "policy_files.h"
#include "policy_names.h"
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

static enum exit_code validate_against_schema(const struct invocation *invocation, const char *path)
{
    struct cedar_schema *schema;
    enum exit_code result = policy_file_read_schema(invocation, path, &schema);
    if (result != EXIT_CODE_FINE)
        return result;
    for (unsigned i = 0; i < invocation->argument_count; i++)
        if (validate_file(invocation, schema, invocation->arguments[i]) != EXIT_CODE_FINE)
            result = EXIT_CODE_REFUSED;
    return result;
}

/* -- validate, against the model that this program carries */

struct model_validation {
    const struct invocation *invocation;
    struct documents documents;
    struct policy_set set;
    size_t warnings;
};

static void warn(void *context, size_t position, const struct cedar_mistake *mistake)
{
    struct model_validation *validation = context;
    const struct policy_source *source = policy_book_source(validation->set.book, position);
    const struct text parts[] = {TEXT("warning: "), mistake->sentence};
    struct cedar_mistake warning = *mistake;
    warning.sentence = arena_join(validation->invocation->arena, parts, 2);
    validation->warnings++;
    policy_documents_complain(validation->invocation, &validation->documents,
                              documents_find(&validation->documents, DOCUMENT_POLICY, source->name), &warning);
}

static struct text suggest_annotation(const struct model_validation *validation, struct text annotation)
{
    struct text nearest = policy_annotation_nearest(annotation);
    return nearest.length == 0
               ? TEXT("Those that are known are in docs/policy.md.")
               : arena_print(validation->invocation->arena, "Did you mean @%.*s?", TEXT_ARGUMENTS(nearest));
}

static void warn_of_annotations(struct model_validation *validation)
{
    const struct policy_book *book = validation->set.book;
    struct text annotation;
    size_t next = 0;
    while (policy_book_next_unknown(book, &next, &annotation) != NULL) {
        const struct cedar_policy *policy = policy_book_policy(book, next - 1);
        struct cedar_mistake mistake = {
            .source = policy->source,
            .span = policy->span,
            .sentence = arena_print(validation->invocation->arena,
                                    "@%.*s is not known, so this policy denies once it decides",
                                    TEXT_ARGUMENTS(annotation)),
            .suggestion = suggest_annotation(validation, annotation)};
        for (size_t i = 0; i < policy->annotation_count; i++)
            if (text_equal(policy->annotations[i].name, annotation))
                mistake.span = policy->annotations[i].span;
        warn(validation, next - 1, &mistake);
    }
}

static enum exit_code validate_against_model(const struct invocation *invocation)
{
    struct model_validation *validation = ARENA_NEW(invocation->arena, struct model_validation);
    const struct policy_names_found found = {warn, validation};
    validation->invocation = invocation;
    enum exit_code code = policy_documents_read(invocation, &validation->documents, invocation->arguments,
                                                invocation->argument_count);
    if (code == EXIT_CODE_FINE)
        code = policy_documents_compile(invocation, &validation->documents, &validation->set);
    if (code != EXIT_CODE_FINE)
        return code;
    warn_of_annotations(validation);
    if (policy_names_are_known(&validation->documents))
        policy_names_check(invocation->arena, &validation->documents, validation->set.book, &found);
    size_t count = policy_book_count(validation->set.book);
    fprintf(invocation->terminal->out, "%zu %s, valid", count, count == 1 ? "policy" : "policies");
    if (validation->warnings != 0)
        fprintf(invocation->terminal->out, ", %zu %s", validation->warnings,
                validation->warnings == 1 ? "warning" : "warnings");
    fputc('\n', invocation->terminal->out);
    return EXIT_CODE_FINE;
}

enum exit_code command_policy_validate(struct invocation *invocation)
{
    const char *schema = invocation_option(invocation, "schema");
    return schema != NULL ? validate_against_schema(invocation, schema) : validate_against_model(invocation);
}

/* -- schema */

enum exit_code command_policy_schema(struct invocation *invocation)
{
    struct text model = policy_model_text();
    fwrite(model.base, 1, model.length, invocation->terminal->out);
    return EXIT_CODE_FINE;
}
