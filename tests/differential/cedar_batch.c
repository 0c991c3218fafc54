/* A program of the tests' own: every line of standard input is a case {"policies": text, "entities": [...],
 * "request": {...}}, every line of output what comes of it, as `dragoman policy authorize` would say it:
 * {"decision", "diagnostics"}, or {"refused": "policies", "mistake": ...} for input that is not taken. With
 * "schema" beside "policies" it is validated instead: {"mistakes": [{"policyId", "mistake"}, ...]}. */
#include <stdio.h>
#include <stdlib.h>

#include "cedar/document.h"
#include "cedar/schema.h"

struct decision_case {
    struct arena *arena;
    const struct json_value *json;
    struct json_writer *writer;
    const struct cedar_policy **policies;
    size_t count;
};

static void refuse(const struct decision_case *given, const char *what, struct text mistake)
{
    json_begin_object(given->writer);
    json_member_text(given->writer, "refused", text_of(what));
    json_member_text(given->writer, "mistake", mistake);
    json_end_object(given->writer);
}

static bool read_policies(struct decision_case *given)
{
    struct cedar_policy *policies;
    struct cedar_mistake mistake = {0};
    if (cedar_policies_parse(given->arena, json_text_of(given->json, "policies"), &policies, &given->count,
                             &mistake) != FAULT_NONE) {
        refuse(given, "policies", mistake.sentence);
        return false;
    }
    given->policies = ARENA_ARRAY(given->arena, const struct cedar_policy *, given->count + 1);
    for (size_t i = 0; i < given->count; i++) {
        given->policies[i] = &policies[i];
        if (policies[i].is_template) {
            refuse(given, "policies", TEXT("A template stands among them."));
            return false;
        }
    }
    return true;
}

static bool read_entities(const struct decision_case *given, struct cedar_entities **entities)
{
    struct text mistake = TEXT("");
    struct cedar_uid culprit;
    *entities = cedar_entities_create(given->arena, NULL);
    if (cedar_entities_read(given->arena, json_member(given->json, TEXT("entities")), NULL, *entities,
                            &mistake) != FAULT_NONE) {
        refuse(given, "entities", mistake);
        return false;
    }
    if (cedar_entities_seal(*entities, &culprit) == FAULT_NONE)
        return true;
    refuse(given, "entities", TEXT("An entity is its own ancestor."));
    return false;
}

static void decide(const struct decision_case *given)
{
    struct cedar_entities *entities;
    struct cedar_request request;
    struct cedar_response response;
    struct text mistake = TEXT("");
    if (!read_entities(given, &entities))
        return;
    if (cedar_request_read(given->arena, json_member(given->json, TEXT("request")), NULL, &request, &mistake) !=
        FAULT_NONE) {
        refuse(given, "request", mistake);
        return;
    }
    const struct cedar_policy_index *index =
        cedar_policy_index_create(given->arena, given->policies, given->count);
    cedar_authorize(given->arena, index, entities, &request, CEDAR_WORK_DEFAULT, &response);
    cedar_response_write(&response, given->writer);
}

static void validate(const struct decision_case *given, struct text text)
{
    struct cedar_schema *schema;
    struct cedar_mistake mistake = {0};
    struct cedar_validation validation = {0};
    if (cedar_schema_parse(given->arena, text, &schema, &mistake) != FAULT_NONE) {
        refuse(given, "schema", mistake.sentence);
        return;
    }
    cedar_validate(given->arena, schema, given->policies, given->count, &validation);
    json_begin_object(given->writer);
    json_name(given->writer, TEXT("mistakes"));
    json_begin_array(given->writer);
    for (size_t i = 0; i < validation.count; i++) {
        json_begin_object(given->writer);
        json_member_text(given->writer, "policyId", validation.policies[i]->id);
        json_member_text(given->writer, "mistake", validation.mistakes[i].sentence);
        json_end_object(given->writer);
    }
    json_end_array(given->writer);
    json_end_object(given->writer);
}

static void answer(struct decision_case *given)
{
    struct text schema = json_text_of(given->json, "schema");
    if (!read_policies(given))
        return;
    if (schema.base != NULL)
        validate(given, schema);
    else
        decide(given);
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, stdin)) > 0) {
        SCOPED_ARENA arena = arena_create();
        struct buffer out = buffer_in(arena, 1024);
        struct json_writer writer = json_writer_on(&out);
        struct decision_case given = {.arena = arena, .writer = &writer};
        if (json_parse(arena, (struct text){line, (size_t)length}, &cedar_document_limits, &given.json) !=
            FAULT_NONE)
            refuse(&given, "case", TEXT("The line is no JSON."));
        else
            answer(&given);
        printf("%.*s\n", TEXT_ARGUMENTS(buffer_text(&out)));
    }
    free(line);
    return ferror(stdin) != 0 || fflush(stdout) != 0;
}
