/* The public vectors of Cedar, whole: for every request of every case the same decision, the same determining
 * policies and the same policies in error; for every case whether its policies validate against its schema, and
 * that they are the same when they were printed, and when they were JSON. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "archive.h"
#include "cedar/document.h"
#include "cedar/policy_set.h"
#include "cedar/schema.h"
#include "document/document_value.h"

enum { CORPUS_CASES = 3957, CORPUS_REQUESTS = 31656, EXAMPLE_CASES = 22, SHOWN_MOST = 40 };

struct tally {
    unsigned cases, requests, differences;
};

/* One case: a JSON file that names its policies, entities and schema, with requests and what they come to. */
struct scenario {
    struct arena *arena;
    const char *path;
    const struct json_value *json;
    const struct cedar_policy **policies;
    size_t policy_count;
    struct cedar_schema *schema;
    struct cedar_entities *entities;
    struct cedar_policy_index *index;
    struct tally *tally;
};

static struct archive corpus, examples;

static int unpack(void **state)
{
    (void)state;
    if (archive_unpack(&corpus, "cedar/corpus-half.tar.gz") != 0)
        return -1;
    return archive_unpack(&examples, "cedar/examples.tar.gz");
}

static int remove_archives(void **state)
{
    (void)state;
    int corpus_left = archive_remove(&corpus);
    return archive_remove(&examples) != 0 ? -1 : corpus_left;
}

static struct text file_contents(struct arena *arena, const char *path)
{
    enum { LARGEST = 1024 * 1024 };
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("%s cannot be read", path);
    char *bytes = malloc(LARGEST);
    assert_non_null(bytes);
    size_t length = fread(bytes, 1, LARGEST, file);
    fclose(file);
    assert_true(length < LARGEST);
    struct text content = arena_copy(arena, (struct text){bytes, length});
    free(bytes);
    return content;
}

static void report(const struct scenario *scenario, const char *what, struct text detail)
{
    if (scenario->tally->differences++ < SHOWN_MOST)
        print_error("%s: %s: %.*s\n", scenario->path, what, TEXT_ARGUMENTS(detail));
}

static const struct json_value *json_file(const struct scenario *scenario, const char *path)
{
    const struct json_value *json = NULL;
    if (json_parse(scenario->arena, file_contents(scenario->arena, path), &cedar_document_limits, &json) !=
        FAULT_NONE)
        fail_msg("%s is no JSON", path);
    return json;
}

/* The sibling a case names; only the last part of its path where all lie in one folder. */
static const char *sibling(const struct scenario *scenario, const char *folder, const char *member)
{
    struct text name = json_text_of(scenario->json, member);
    if (text_starts_with(name, TEXT("corpus-tests/")))
        name =
            (struct text){name.base + sizeof("corpus-tests/") - 1, name.length - sizeof("corpus-tests/") + 1};
    return arena_print(scenario->arena, "%s/%.*s", folder, TEXT_ARGUMENTS(name)).base;
}

static struct text json_of_policy(const struct scenario *scenario, const struct cedar_policy *policy)
{
    struct buffer out = buffer_in(scenario->arena, 1024);
    struct json_writer writer = json_writer_on(&out);
    cedar_policy_write(policy, &writer);
    return buffer_text(&out);
}

/* JSON shows every part of a tree, so that equal JSON is an equal tree. */
static void check_forms(const struct scenario *scenario, const struct cedar_policy *policy)
{
    struct text json = json_of_policy(scenario, policy), mistake = TEXT("");
    struct buffer text = buffer_in(scenario->arena, 1024);
    struct cedar_policy *parsed;
    struct cedar_mistake wrong = {0};
    struct cedar_policy_set set;
    const struct json_value *value = NULL;
    size_t count;
    cedar_policy_print(policy, &text);
    if (cedar_policies_parse(scenario->arena, buffer_text(&text), &parsed, &count, &wrong) != FAULT_NONE ||
        count != 1 || !text_equal(json_of_policy(scenario, &parsed[0]), json))
        report(scenario, "printed", buffer_text(&text));
    if (json_parse(scenario->arena, json, &cedar_policy_limits, &value) != FAULT_NONE ||
        cedar_policy_set_read(scenario->arena, value, &set, &mistake) != FAULT_NONE)
        report(scenario, "as JSON", mistake);
    else if (!text_equal(json_of_policy(scenario, &set.policies[0]), json))
        report(scenario, "read from JSON", set.policies[0].source);
}

static bool read_policies(struct scenario *scenario, const char *path)
{
    struct cedar_policy *policies;
    struct cedar_mistake mistake = {0};
    if (cedar_policies_parse(scenario->arena, file_contents(scenario->arena, path), &policies,
                             &scenario->policy_count, &mistake) != FAULT_NONE) {
        report(scenario, "policies", mistake.sentence);
        return false;
    }
    scenario->policies = ARENA_ARRAY(scenario->arena, const struct cedar_policy *, scenario->policy_count + 1);
    for (size_t i = 0; i < scenario->policy_count; i++) {
        scenario->policies[i] = &policies[i];
        check_forms(scenario, &policies[i]);
    }
    scenario->index = cedar_policy_index_create(scenario->arena, scenario->policies, scenario->policy_count);
    return true;
}

static bool read_schema(struct scenario *scenario, const char *path)
{
    struct cedar_mistake mistake = {0};
    if (cedar_schema_parse(scenario->arena, file_contents(scenario->arena, path), &scenario->schema,
                           &mistake) == FAULT_NONE)
        return true;
    report(scenario, "schema", mistake.sentence);
    return false;
}

static bool read_entities(struct scenario *scenario, const char *path)
{
    struct text mistake = TEXT("");
    struct cedar_uid culprit;
    scenario->entities = cedar_entities_create(scenario->arena, NULL);
    if (cedar_entities_read(scenario->arena, json_file(scenario, path), scenario->schema, scenario->entities,
                            &mistake) != FAULT_NONE) {
        report(scenario, "entities", mistake);
        return false;
    }
    if (cedar_entities_seal(scenario->entities, &culprit) != FAULT_NONE) {
        report(scenario, "entities in a circle", culprit.id);
        return false;
    }
    if (cedar_entities_validate(scenario->arena, scenario->schema, scenario->entities, &mistake) == FAULT_NONE)
        return true;
    report(scenario, "entities by the schema", mistake);
    return false;
}

static void check_validation(struct scenario *scenario)
{
    struct cedar_validation validation = {0};
    cedar_validate(scenario->arena, scenario->schema, scenario->policies, scenario->policy_count, &validation);
    bool should = json_is_true(json_member(scenario->json, TEXT("shouldValidate")));
    if (should && validation.count != 0)
        report(scenario, "should validate", validation.mistakes[0].sentence);
    if (!should && validation.count == 0)
        report(scenario, "should not validate", TEXT("no mistake was found"));
}

static bool names_policy(const struct json_value *names, struct text id)
{
    for (const struct json_value *name = names->first; name != NULL; name = name->next)
        if (text_equal(name->text, id))
            return true;
    return false;
}

static bool is_as_expected(const struct cedar_response *response, const struct json_value *expected)
{
    const struct json_value *reasons = json_member(expected, TEXT("reason"));
    const struct json_value *errors = json_member(expected, TEXT("errors"));
    if (response->is_allowed != text_is(json_text_of(expected, "decision"), "allow") ||
        response->is_exhausted || response->reason_count != reasons->count ||
        response->error_count != errors->count)
        return false;
    for (size_t i = 0; i < response->reason_count; i++)
        if (!names_policy(reasons, response->reasons[i]->id))
            return false;
    for (size_t i = 0; i < response->error_count; i++)
        if (!names_policy(errors, response->errors[i].policy->id))
            return false;
    return true;
}

static bool read_uid(struct scenario *scenario, const struct json_value *json, const char *name,
                     struct cedar_uid *uid, struct text *mistake)
{
    const struct document_reading reading = {.arena = scenario->arena, .mistake = mistake};
    const struct document_place place = {.name = text_of(name)};
    return document_uid(&reading, &place, json_member(json, text_of(name)), uid) == FAULT_NONE;
}

static bool read_request(struct scenario *scenario, const struct json_value *json,
                         struct cedar_request *request)
{
    struct text mistake = TEXT("");
    if (read_uid(scenario, json, "principal", &request->principal, &mistake) &&
        read_uid(scenario, json, "action", &request->action, &mistake) &&
        read_uid(scenario, json, "resource", &request->resource, &mistake) &&
        cedar_context_read(scenario->arena, json_member(json, TEXT("context")), scenario->schema,
                           &request->action, &request->context, &mistake) == FAULT_NONE)
        return true;
    report(scenario, "request", mistake);
    return false;
}

static void check_request(struct scenario *scenario, const struct json_value *json)
{
    struct cedar_request request;
    struct cedar_response response;
    struct text mistake = TEXT("");
    scenario->tally->requests++;
    if (!read_request(scenario, json, &request))
        return;
    const struct json_value *is_checked = json_member(json, TEXT("validateRequest"));
    if ((is_checked == NULL || is_checked->boolean) &&
        cedar_request_validate(scenario->arena, scenario->schema, &request, &mistake) != FAULT_NONE)
        report(scenario, "request by the schema", mistake);
    cedar_authorize(scenario->arena, scenario->index, scenario->entities, &request, CEDAR_WORK_DEFAULT,
                    &response);
    if (is_as_expected(&response, json))
        return;
    struct buffer out = buffer_in(scenario->arena, 256);
    struct json_writer writer = json_writer_on(&out);
    cedar_response_write(&response, &writer);
    report(scenario, json_text_of(json, "description").base, buffer_text(&out));
}

static void check_case(const char *folder, const char *path, struct tally *tally)
{
    SCOPED_ARENA arena = arena_create();
    struct scenario scenario = {.arena = arena, .path = path, .tally = tally};
    tally->cases++;
    scenario.json = json_file(&scenario, path);
    if (!read_policies(&scenario, sibling(&scenario, folder, "policies")) ||
        !read_schema(&scenario, sibling(&scenario, folder, "schema")))
        return;
    check_validation(&scenario);
    if (!read_entities(&scenario, sibling(&scenario, folder, "entities")))
        return;
    for (const struct json_value *json = json_member(scenario.json, TEXT("requests"))->first; json != NULL;
         json = json->next)
        check_request(&scenario, json);
}

static bool is_case(struct text name)
{
    return text_ends_with(name, TEXT(".json")) && !text_ends_with(name, TEXT(".entities.json"));
}

static void check_folder(const char *root, const char *below, struct tally *tally)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s%s", root, below);
    DIR *files = opendir(path);
    assert_non_null(files);
    for (struct dirent *entry; (entry = readdir(files)) != NULL;) {
        if (!is_case(text_of(entry->d_name)))
            continue;
        snprintf(path, sizeof(path), "%s%s/%s", root, below, entry->d_name);
        check_case(root, path, tally);
    }
    closedir(files);
}

static void agrees_with_every_case_of_the_corpus(void **state)
{
    (void)state;
    if (!corpus.is_unpacked)
        skip();
    struct tally tally = {0};
    check_folder(corpus.folder, "", &tally);
    print_message("%u cases, %u requests, %u differences\n", tally.cases, tally.requests, tally.differences);
    assert_int_equal(tally.differences, 0);
    assert_int_equal(tally.cases, CORPUS_CASES);
    assert_int_equal(tally.requests, CORPUS_REQUESTS);
}

static void agrees_with_every_example(void **state)
{
    (void)state;
    if (!examples.is_unpacked)
        skip();
    struct tally tally = {0};
    static const char *const folders[] = {"/tests/ip", "/tests/multi", "/tests/decimal",
                                          "/tests/example_use_cases"};
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        check_folder(examples.folder, folders[i], &tally);
    assert_int_equal(tally.differences, 0);
    assert_int_equal(tally.cases, EXAMPLE_CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_every_example),
        cmocka_unit_test(agrees_with_every_case_of_the_corpus),
    };
    return cmocka_run_group_tests(tests, unpack, remove_archives);
}
