/* Reading Cedar's files for the policy commands; see policy_files.h. */
#include "policy_files.h"

#include <stdlib.h>
#include <string.h>

#include "input.h"

static const char *shown_path(const char *path)
{
    return text_is(text_of(path), "-") ? "standard input" : path;
}

/* "FILE:LINE:COLUMN: ..." with the line and a caret; line by line, as it shows the file's own text, which may
 * hold anything. */
static void complain_at(const struct invocation *invocation, const char *path,
                        const struct cedar_mistake *mistake)
{
    struct buffer printed = buffer_in(invocation->arena, 512);
    cedar_mistake_print(mistake, text_of(shown_path(path)), 0, &printed);
    struct text rest = buffer_text(&printed);
    while (rest.length != 0) {
        terminal_print_foreign(invocation->terminal->error, text_cut(&rest, '\n'));
        fputc('\n', invocation->terminal->error);
    }
}

static enum exit_code complain_of_place(const struct invocation *invocation, const char *path,
                                        struct text mistake)
{
    terminal_print_foreign(invocation->terminal->error, arena_print(invocation->arena, "%s: %.*s",
                                                                    shown_path(path), TEXT_ARGUMENTS(mistake)));
    fputc('\n', invocation->terminal->error);
    return EXIT_CODE_REFUSED;
}

static enum exit_code parse_json(const struct invocation *invocation, const char *path, struct text content,
                                 const struct json_limits *limits, const struct json_value **json)
{
    const char *sentence = NULL;
    size_t offset = 0;
    if (json_parse_or_say(invocation->arena, content, limits, json, &sentence, &offset) == FAULT_NONE)
        return EXIT_CODE_FINE;
    const struct cedar_mistake mistake = {
        .source = content, .span = {.offset = (uint32_t)offset}, .sentence = text_of(sentence)};
    complain_at(invocation, path, &mistake);
    return EXIT_CODE_REFUSED;
}

static enum exit_code read_json(const struct invocation *invocation, const char *path,
                                const struct json_value **json)
{
    struct text content;
    enum exit_code code = input_read(invocation, path, cedar_document_limits.bytes, &content);
    return code != EXIT_CODE_FINE ? code : parse_json(invocation, path, content, &cedar_document_limits, json);
}

void policy_file_complain_of(const struct invocation *invocation, const struct policy_file *file,
                             const struct cedar_policy *policy, const struct cedar_mistake *mistake)
{
    const char *path = file->path;
    if (file->is_json)
        path = arena_print(invocation->arena, "%s: %.*s", shown_path(path), TEXT_ARGUMENTS(policy->id)).base;
    complain_at(invocation, path, mistake);
}

static int compare_names(const void *a, const void *b)
{
    const struct cedar_policy *const *first = a, *const *second = b;
    int order = text_compare((*first)->id, (*second)->id);
    return order != 0 ? order : (*first)->span.offset < (*second)->span.offset ? -1 : 1;
}

static enum exit_code refuse_double_names(const struct invocation *invocation, const struct policy_file *file)
{
    size_t count = file->set.count;
    const struct cedar_policy **sorted = ARENA_ARRAY(invocation->arena, const struct cedar_policy *, count + 1);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &file->set.policies[i];
    qsort(sorted, count, sizeof(const struct cedar_policy *), compare_names);
    for (size_t i = 1; i < count; i++)
        if (text_equal(sorted[i - 1]->id, sorted[i]->id)) {
            const struct cedar_mistake mistake = {
                .source = sorted[i]->source,
                .span = sorted[i]->span,
                .sentence = arena_print(invocation->arena, "Another policy has the id \"%.*s\" already.",
                                        TEXT_ARGUMENTS(sorted[i]->id))};
            complain_at(invocation, file->path, &mistake);
            return EXIT_CODE_REFUSED;
        }
    return EXIT_CODE_FINE;
}

/* What Cedar's command line calls a policy of a text, too. */
static void take_annotated_id(struct cedar_policy *policy)
{
    const struct text *name = cedar_policy_annotation(policy, "id");
    if (name != NULL)
        policy->id = *name;
}

static enum exit_code read_set(const struct invocation *invocation, struct text content,
                               struct policy_file *file)
{
    const struct json_value *json;
    struct text mistake = TEXT("");
    enum exit_code code = parse_json(invocation, file->path, content, &cedar_policy_limits, &json);
    if (code != EXIT_CODE_FINE)
        return code;
    if (cedar_policy_set_read(invocation->arena, json, &file->set, &mistake) != FAULT_NONE)
        return complain_of_place(invocation, file->path, mistake);
    if (json_member(json, TEXT("effect")) != NULL)
        take_annotated_id(&file->set.policies[0]);
    return EXIT_CODE_FINE;
}

static enum exit_code read_text(const struct invocation *invocation, struct text content,
                                struct policy_file *file)
{
    struct cedar_mistake mistake = {0};
    if (cedar_policies_parse(invocation->arena, content, &file->set.policies, &file->set.count, &mistake) !=
        FAULT_NONE) {
        complain_at(invocation, file->path, &mistake);
        return EXIT_CODE_REFUSED;
    }
    for (size_t i = 0; i < file->set.count; i++)
        take_annotated_id(&file->set.policies[i]);
    return refuse_double_names(invocation, file);
}

static bool is_json(const char *path, struct text content)
{
    size_t i = 0;
    while (i < content.length && strchr(" \t\r\n", content.base[i]) != NULL)
        i++;
    return text_ends_with(text_of(path), TEXT(".json")) || (i < content.length && content.base[i] == '{');
}

static enum exit_code link_templates(const struct invocation *invocation, const char *links,
                                     struct policy_file *file)
{
    const struct json_value *json;
    struct text mistake = TEXT("");
    struct cedar_policy *linked = NULL;
    if (links != NULL) {
        enum exit_code code = read_json(invocation, links, &json);
        if (code != EXIT_CODE_FINE)
            return code;
        if (cedar_links_read(invocation->arena, json, &file->set, &mistake) != FAULT_NONE)
            return complain_of_place(invocation, links, mistake);
    }
    if (cedar_policy_set_link(invocation->arena, &file->set, &linked, &mistake) != FAULT_NONE)
        return complain_of_place(invocation, links != NULL ? links : file->path, mistake);
    file->linked = linked;
    return EXIT_CODE_FINE;
}

enum exit_code policy_file_read(const struct invocation *invocation, const char *path, const char *links,
                                struct policy_file *file)
{
    struct text content;
    *file = (struct policy_file){.path = path};
    enum exit_code code = input_read(invocation, path, cedar_policy_limits.bytes, &content);
    if (code != EXIT_CODE_FINE)
        return code;
    file->is_json = is_json(path, content);
    code = file->is_json ? read_set(invocation, content, file) : read_text(invocation, content, file);
    return code == EXIT_CODE_FINE ? link_templates(invocation, links, file) : code;
}

enum exit_code policy_file_read_schema(const struct invocation *invocation, const char *path,
                                       struct cedar_schema **schema)
{
    struct text content;
    struct cedar_mistake mistake = {0};
    enum exit_code code = input_read(invocation, path, CEDAR_POLICY_BYTES_MAX, &content);
    if (code != EXIT_CODE_FINE)
        return code;
    if (cedar_schema_parse(invocation->arena, content, schema, &mistake) == FAULT_NONE)
        return EXIT_CODE_FINE;
    complain_at(invocation, path, &mistake);
    return EXIT_CODE_REFUSED;
}

enum exit_code policy_file_read_entities(const struct invocation *invocation, const char *path,
                                         const struct cedar_schema *schema, struct cedar_entities **entities)
{
    const struct json_value *json;
    struct text mistake = TEXT("");
    struct cedar_uid culprit;
    enum exit_code code = read_json(invocation, path, &json);
    if (code != EXIT_CODE_FINE)
        return code;
    *entities = cedar_entities_create(invocation->arena, NULL);
    if (cedar_entities_read(invocation->arena, json, schema, *entities, &mistake) != FAULT_NONE)
        return complain_of_place(invocation, path, mistake);
    if (cedar_entities_seal(*entities, &culprit) != FAULT_NONE) {
        struct buffer sentence = buffer_in(invocation->arena, 128);
        cedar_uid_print(&culprit, &sentence);
        buffer_append(&sentence, TEXT(" is its own ancestor, or has more ancestors than can be kept."));
        return complain_of_place(invocation, path, buffer_text(&sentence));
    }
    if (schema != NULL && cedar_entities_validate(invocation->arena, schema, *entities, &mistake) != FAULT_NONE)
        return complain_of_place(invocation, path, mistake);
    return EXIT_CODE_FINE;
}

enum exit_code policy_file_read_request(const struct invocation *invocation, const char *path,
                                        const struct cedar_schema *schema, struct cedar_request *request)
{
    const struct json_value *json;
    struct text mistake = TEXT("");
    enum exit_code code = read_json(invocation, path, &json);
    if (code != EXIT_CODE_FINE)
        return code;
    if (cedar_request_read(invocation->arena, json, schema, request, &mistake) != FAULT_NONE)
        return complain_of_place(invocation, path, mistake);
    if (schema != NULL && cedar_request_validate(invocation->arena, schema, request, &mistake) != FAULT_NONE)
        return complain_of_place(invocation, path, mistake);
    return EXIT_CODE_FINE;
}
