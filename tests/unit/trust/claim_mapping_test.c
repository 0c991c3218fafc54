/* From claims to subject, attributes, scope and client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "claim_mapping.h"
#include "token_fixture.h"

static struct name_value mapped[] = {
    {TEXT("email"), TEXT("email")},
    {TEXT("team"), TEXT("\"corp.example/org\".team")},
};

static const struct issuer_document plain = {.subject_claim = TEXT("sub"), .attributes = {mapped, 2}};

static enum fault map(struct arena *arena, const struct issuer_document *spec, const char *claims,
                      struct verified_token *token)
{
    *token = (struct verified_token){.claims.all = test_json(arena, claims)};
    return claim_mapping_apply(arena, spec, token);
}

static enum fault fault_of(const char *claims)
{
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    return map(arena, &plain, claims, &token);
}

static void takes_the_subject_from_sub(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    assert_int_equal(map(arena, &plain, "{\"sub\":\"alice\"}", &token), FAULT_NONE);
    assert_true(text_is(token.identity.subject, "alice"));
    assert_int_equal(token.attribute_count, 0);
    assert_false(token.has_scope);
    assert_null(token.client_id.base);
}

static void takes_the_subject_from_the_claim_that_is_configured(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    struct issuer_document spec = {.subject_claim = TEXT("\"kubernetes.io\".pod.uid")};
    assert_int_equal(map(arena, &spec, "{\"sub\":\"x\",\"kubernetes.io\":{\"pod\":{\"uid\":\"7f\"}}}", &token),
                     FAULT_NONE);
    assert_true(text_is(token.identity.subject, "7f"));
    assert_int_equal(map(arena, &spec, "{\"sub\":\"x\"}", &token), FAULT_TOKEN_CLAIMS);
}

static void refuses_a_subject_that_is_no_name(void **state)
{
    (void)state;
    assert_int_equal(fault_of("{}"), FAULT_TOKEN_CLAIMS);
    assert_int_equal(fault_of("{\"sub\":\"\"}"), FAULT_TOKEN_CLAIMS);
    assert_int_equal(fault_of("{\"sub\":7}"), FAULT_TOKEN_CLAIMS);
    assert_int_equal(fault_of("{\"sub\":null}"), FAULT_TOKEN_CLAIMS);
    assert_int_equal(fault_of("{\"sub\":[\"alice\"]}"), FAULT_TOKEN_CLAIMS);
    assert_int_equal(fault_of("{\"sub\":\"alice\\n\"}"), FAULT_TOKEN_CLAIMS);
    assert_int_equal(fault_of("{\"sub\":\"alice\\u202e\"}"), FAULT_TOKEN_CLAIMS);
}

static const char *sub_of_length(struct arena *arena, size_t length)
{
    char *filler = arena_allocate(arena, length + 1);
    memset(filler, 'a', length);
    return arena_print(arena, "{\"sub\":\"%s\"}", filler).base;
}

static void bounds_the_subject(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    assert_int_equal(map(arena, &plain, sub_of_length(arena, 1024), &token), FAULT_NONE);
    assert_int_equal(map(arena, &plain, sub_of_length(arena, 1025), &token), FAULT_TOKEN_CLAIMS);
}

static void assert_attribute(const char *claim, const char *expected)
{
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    struct text claims = arena_print(arena, "{\"sub\":\"alice\",\"email\":%s}", claim);
    assert_int_equal(map(arena, &plain, claims.base, &token), FAULT_NONE);
    assert_int_equal(token.attribute_count, expected == NULL ? 0 : 1);
    if (expected == NULL)
        return;
    assert_true(text_is(token.attributes[0].name, "email"));
    assert_true(text_is(token.attributes[0].value, expected));
}

static void maps_attributes_of_every_simple_kind(void **state)
{
    (void)state;
    assert_attribute("\"a@corp.example\"", "a@corp.example");
    assert_attribute("-12", "-12");
    assert_attribute("true", "true");
    assert_attribute("false", "false");
    assert_attribute("[\"a\",\"b c\",\"d\"]", "a\nb c\nd");
    assert_attribute("null", NULL);
    assert_attribute("\"\"", NULL);
    assert_attribute("[]", NULL);
}

static void follows_a_path_with_quoted_names(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    assert_int_equal(
        map(arena, &plain, "{\"sub\":\"alice\",\"corp.example/org\":{\"team\":\"payments\"}}", &token),
        FAULT_NONE);
    assert_int_equal(token.attribute_count, 1);
    assert_true(text_is(token.attributes[0].name, "team"));
    assert_true(text_is(token.attributes[0].value, "payments"));
}

static void refuses_attributes_with_two_readings(void **state)
{
    (void)state;
    assert_int_equal(fault_of("{\"sub\":\"a\",\"email\":{}}"), FAULT_TOKEN_CLAIMS);
    assert_int_equal(fault_of("{\"sub\":\"a\",\"email\":1.5}"), FAULT_TOKEN_CLAIMS);
    assert_int_equal(fault_of("{\"sub\":\"a\",\"email\":1e3}"), FAULT_TOKEN_CLAIMS);
    assert_int_equal(fault_of("{\"sub\":\"a\",\"email\":[\"x\\nadmin\"]}"), FAULT_TOKEN_CLAIMS);
    assert_int_equal(fault_of("{\"sub\":\"a\",\"email\":[\"x\",\"\"]}"), FAULT_TOKEN_CLAIMS);
    assert_int_equal(fault_of("{\"sub\":\"a\",\"email\":[\"x\",7]}"), FAULT_TOKEN_CLAIMS);
    assert_int_equal(fault_of("{\"sub\":\"a\",\"email\":[[\"x\"]]}"), FAULT_TOKEN_CLAIMS);
    assert_int_equal(fault_of("{\"sub\":\"a\",\"email\":\"x\\ny\"}"), FAULT_TOKEN_CLAIMS);
}

static void refuses_an_attribute_that_is_too_long_instead_of_cutting_it(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char filler[CLAIM_ATTRIBUTE_BYTES_MAX + 2];
    memset(filler, 'a', sizeof(filler));
    filler[CLAIM_ATTRIBUTE_BYTES_MAX] = '\0';
    assert_attribute(arena_print(arena, "\"%s\"", filler).base, filler);
    filler[CLAIM_ATTRIBUTE_BYTES_MAX] = 'a';
    filler[CLAIM_ATTRIBUTE_BYTES_MAX + 1] = '\0';
    assert_int_equal(fault_of(arena_print(arena, "{\"sub\":\"a\",\"email\":\"%s\"}", filler).base),
                     FAULT_TOKEN_CLAIMS);
    char many[CLAIM_LIST_BYTES_MAX + 2];
    memset(many, 'a', sizeof(many));
    many[CLAIM_LIST_BYTES_MAX] = '\0';
    assert_attribute(arena_print(arena, "[\"%s\"]", many).base, many);
    many[CLAIM_LIST_BYTES_MAX - 1] = '\0'; /* with a line feed and a letter more it is one too long */
    assert_int_equal(fault_of(arena_print(arena, "{\"sub\":\"a\",\"email\":[\"%s\",\"b\"]}", many).base),
                     FAULT_TOKEN_CLAIMS);
}

static void assert_scope(const char *claims, const char *expected)
{
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    assert_int_equal(map(arena, &plain, claims, &token), FAULT_NONE);
    assert_true(token.has_scope);
    assert_non_null(token.scope.base);
    assert_true(text_is(token.scope, expected));
}

static void takes_scope_as_a_string_or_an_array_under_both_names(void **state)
{
    (void)state;
    assert_scope("{\"sub\":\"a\",\"scope\":\"read write\"}", "read write");
    assert_scope("{\"sub\":\"a\",\"scope\":[\"read\",\"write\"]}", "read write");
    assert_scope("{\"sub\":\"a\",\"scp\":\"read write\"}", "read write");
    assert_scope("{\"sub\":\"a\",\"scp\":[\"read\"]}", "read");
    assert_scope("{\"sub\":\"a\",\"scope\":\"read\",\"scp\":\"admin\"}", "read");
}

static void an_empty_scope_is_a_scope_without_rights(void **state)
{
    (void)state;
    assert_scope("{\"sub\":\"a\",\"scope\":\"\"}", "");
    assert_scope("{\"sub\":\"a\",\"scope\":[]}", "");
}

static void refuses_a_scope_of_the_wrong_type(void **state)
{
    (void)state;
    assert_int_equal(fault_of("{\"sub\":\"a\",\"scope\":7}"), FAULT_TOKEN_CLAIMS);
    assert_int_equal(fault_of("{\"sub\":\"a\",\"scope\":null}"), FAULT_TOKEN_CLAIMS);
    assert_int_equal(fault_of("{\"sub\":\"a\",\"scope\":{\"read\":true}}"), FAULT_TOKEN_CLAIMS);
    assert_int_equal(fault_of("{\"sub\":\"a\",\"scope\":[\"read\",7]}"), FAULT_TOKEN_CLAIMS);
    assert_int_equal(fault_of("{\"sub\":\"a\",\"scp\":[\"read admin\"]}"), FAULT_TOKEN_CLAIMS);
    assert_int_equal(fault_of("{\"sub\":\"a\",\"scope\":\"read\\u0007\"}"), FAULT_TOKEN_CLAIMS);
}

static void bounds_the_scope(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char filler[CLAIM_SCOPE_BYTES_MAX + 2] = {0};
    memset(filler, 'a', CLAIM_SCOPE_BYTES_MAX);
    assert_scope(arena_print(arena, "{\"sub\":\"a\",\"scope\":\"%s\"}", filler).base, filler);
    filler[CLAIM_SCOPE_BYTES_MAX] = 'a';
    assert_int_equal(fault_of(arena_print(arena, "{\"sub\":\"a\",\"scope\":\"%s\"}", filler).base),
                     FAULT_TOKEN_CLAIMS);
    assert_int_equal(fault_of(arena_print(arena, "{\"sub\":\"a\",\"scope\":[\"%s\"]}", filler).base),
                     FAULT_TOKEN_CLAIMS);
}

static void takes_the_client_from_client_id_or_azp(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    assert_int_equal(map(arena, &plain, "{\"sub\":\"a\",\"client_id\":\"web\",\"azp\":\"other\"}", &token),
                     FAULT_NONE);
    assert_true(text_is(token.client_id, "web"));
    assert_int_equal(map(arena, &plain, "{\"sub\":\"a\",\"azp\":\"web\"}", &token), FAULT_NONE);
    assert_true(text_is(token.client_id, "web"));
    assert_int_equal(map(arena, &plain, "{\"sub\":\"a\",\"client_id\":[\"web\"]}", &token), FAULT_TOKEN_CLAIMS);
    assert_int_equal(map(arena, &plain, "{\"sub\":\"a\",\"azp\":7}", &token), FAULT_TOKEN_CLAIMS);
}

static void keeps_a_list_of_one_apart_from_a_text(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    assert_int_equal(map(arena, &plain, "{\"sub\":\"a\",\"email\":[\"x\"]}", &token), FAULT_NONE);
    assert_true(token.attributes[0].is_list);
    assert_int_equal(map(arena, &plain, "{\"sub\":\"a\",\"email\":\"x\"}", &token), FAULT_NONE);
    assert_false(token.attributes[0].is_list);
}

static void takes_how_the_subject_authenticated(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    assert_int_equal(map(arena, &plain,
                         "{\"sub\":\"a\",\"acr\":\"mfa\",\"amr\":[\"pwd\",\"otp\"],\"auth_time\":1799999000}",
                         &token),
                     FAULT_NONE);
    assert_true(text_is(token.acr, "mfa"));
    assert_true(text_is(token.amr, "pwd otp"));
    assert_int_equal(token.auth_time_s, 1799999000);
}

static void takes_an_authentication_of_another_shape_for_none(void **state)
{
    (void)state;
    static const char *const claims[] = {
        "\"acr\":7",           "\"acr\":[\"mfa\"]", "\"acr\":\"mfa low\"",   "\"acr\":\"\"",
        "\"acr\":\"mfa\\n\"",  "\"amr\":\"pwd\"",   "\"amr\":[\"pwd otp\"]", "\"amr\":[\"pwd\",7]",
        "\"auth_time\":\"1\"", "\"auth_time\":-5",  "\"auth_time\":1.5",     "\"auth_time\":1e30",
    };
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        struct verified_token token;
        struct text all = arena_print(arena, "{\"sub\":\"a\",%s}", claims[i]);
        assert_int_equal(map(arena, &plain, all.base, &token), FAULT_NONE);
        if (token.acr.length != 0 || token.amr.length != 0 || token.auth_time_s != 0)
            fail_msg("%s", claims[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_subject_from_sub),
        cmocka_unit_test(takes_the_subject_from_the_claim_that_is_configured),
        cmocka_unit_test(refuses_a_subject_that_is_no_name),
        cmocka_unit_test(bounds_the_subject),
        cmocka_unit_test(maps_attributes_of_every_simple_kind),
        cmocka_unit_test(follows_a_path_with_quoted_names),
        cmocka_unit_test(refuses_attributes_with_two_readings),
        cmocka_unit_test(refuses_an_attribute_that_is_too_long_instead_of_cutting_it),
        cmocka_unit_test(takes_scope_as_a_string_or_an_array_under_both_names),
        cmocka_unit_test(an_empty_scope_is_a_scope_without_rights),
        cmocka_unit_test(refuses_a_scope_of_the_wrong_type),
        cmocka_unit_test(bounds_the_scope),
        cmocka_unit_test(takes_the_client_from_client_id_or_azp),
        cmocka_unit_test(keeps_a_list_of_one_apart_from_a_text),
        cmocka_unit_test(takes_how_the_subject_authenticated),
        cmocka_unit_test(takes_an_authentication_of_another_shape_for_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
