/* A program of the tests' own: every line of standard input is a case {"policies": text, "entities": [...],
 * "request": {...}}, every line of output what comes of it, as `dragoman policy authorize` would say it:
 * {"decision", "diagnostics"}, or {"refused": "policies", "mistake": ...} for input that is not taken. The
 * policies may be {"set": ...} in Cedar's JSON instead, with templates and links. With "schema" beside them
 * they are validated: {"mistakes": [{"policyId", "mistake"}, ...]}; with "to": "json" or "cedar" they are
 * written:
 * {"set": ...} or {"texts": {id: text}}. */
#include <stdio.h>
#include <stdlib.h>

#include "cedar/document.h"
#include "cedar/policy_set.h"
#include "cedar/schema.h"

struct decision_case {
    struct arena *arena;
    const struct json_value *json;
    struct json_writer *writer;
    struct cedar_policy_set set;
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

static bool read_text(struct decision_case *given, struct text text)
{
    struct cedar_mistake mistake = {0};
    if (cedar_policies_parse(given->arena, text, &given->set.policies, &given->set.count, &mistake) ==
        FAULT_NONE)
        return true;
    refuse(given, "policies", mistake.sentence);
    return false;
}

static bool read_set(struct decision_case *given)
{
    struct text mistake = TEXT("");
    const struct json_value *set = json_member(given->json, TEXT("set"));
    if (set == NULL)
        return read_text(given, json_text_of(given->json, "policies"));
    if (cedar_policy_set_read(given->arena, set, &given->set, &mistake) == FAULT_NONE)
        return true;
    refuse(given, "policies", mistake);
    return false;
}

/* Policies and linked ones; templates alone only where they are validated. */
static bool link_templates(struct decision_case *given, bool with_templates)
{
    const struct cedar_policy_set *set = &given->set;
    struct text mistake = TEXT("");
    struct cedar_policy *linked;
    bool is_text = json_text_of(given->json, "policies").base != NULL;
    if (cedar_policy_set_link(given->arena, set, &linked, &mistake) != FAULT_NONE) {
        refuse(given, "policies", mistake);
        return false;
    }
    given->policies = ARENA_ARRAY(given->arena, const struct cedar_policy *, set->count + set->link_count + 1);
    for (size_t i = 0; i < set->count; i++)
        if (is_text && set->policies[i].is_template) {
            refuse(given, "policies", TEXT("A template stands among them."));
            return false;
        } else if (with_templates || !set->policies[i].is_template)
            given->policies[given->count++] = &set->policies[i];
    for (size_t i = 0; i < set->link_count; i++)
        given->policies[given->count++] = &linked[i];
    return true;
}

static void write_texts(const struct decision_case *given)
{
    json_begin_object(given->writer);
    json_name(given->writer, TEXT("texts"));
    json_begin_object(given->writer);
    for (size_t i = 0; i < given->set.count; i++) {
        SCOPED_BUFFER text = {0};
        cedar_policy_print(&given->set.policies[i], &text);
        json_name(given->writer, given->set.policies[i].id);
        json_write_text(given->writer, buffer_text(&text));
    }
    json_end_object(given->writer);
    json_end_object(given->writer);
}

static void write_set(const struct decision_case *given)
{
    json_begin_object(given->writer);
    json_name(given->writer, TEXT("set"));
    cedar_policy_set_write(&given->set, given->writer);
    json_end_object(given->writer);
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
    struct text schema = json_text_of(given->json, "schema"), to = json_text_of(given->json, "to");
    if (!read_set(given))
        return;
    if (text_is(to, "json"))
        write_set(given);
    else if (text_is(to, "cedar"))
        write_texts(given);
    else if (!link_templates(given, schema.base != NULL))
        return;
    else if (schema.base != NULL)
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
        if (json_parse(arena, (struct text){line, (size_t)length}, &cedar_policy_limits, &given.json) !=
            FAULT_NONE)
            refuse(&given, "case", TEXT("The line is no JSON."));
        else
            answer(&given);
        printf("%.*s\n", TEXT_ARGUMENTS(buffer_text(&out)));
    }
    free(line);
    return ferror(stdin) != 0 || fflush(stdout) != 0;
}
