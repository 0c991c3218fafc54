/* RFC 8693 section 2.1, each parameter rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "exchange_request.h"

#include <cmocka.h>

#define GRANT    "grant_type=urn:ietf:params:oauth:grant-type:token-exchange"
#define JWT_TYPE "urn:ietf:params:oauth:token-type:jwt"
#define SUBJECT  "&subject_token=t&subject_token_type=" JWT_TYPE
#define TARGET   "&audience=api"

static struct exchange_request request;
static struct arena *arena; /* of one test */

static enum fault read(const char *body)
{
    static struct form form;
    memset(&request, 0, sizeof(request));
    enum fault fault = form_parse(arena, text_of(body), &form);
    return fault != FAULT_NONE ? fault : exchange_request_read(arena, &form, &request);
}

static void reads_the_smallest_request(void **state)
{
    (void)state;
    assert_int_equal(read(GRANT SUBJECT TARGET), FAULT_NONE);
    assert_int_equal(request.subject_type, TOKEN_TYPE_JWT);
    assert_int_equal(request.audience_count, 1);
    assert_false(request.has_scope);
    assert_false(request.is_dry_run);
}

static void refuses_what_breaks_a_parameter_rule(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum fault fault;
    } cases[] = {
        {"subject_token=t" TARGET, FAULT_GRANT_TYPE_MISSING},
        {"grant_type=" SUBJECT TARGET, FAULT_GRANT_TYPE_MISSING},
        {"grant_type=password" SUBJECT TARGET, FAULT_GRANT_TYPE_UNKNOWN},
        {"grant_type=URN:ietf:params:oauth:grant-type:token-exchange" SUBJECT TARGET, FAULT_GRANT_TYPE_UNKNOWN},
        {GRANT "&subject_token_type=" JWT_TYPE TARGET, FAULT_SUBJECT_TOKEN_MISSING},
        {GRANT "&subject_token=&subject_token_type=" JWT_TYPE TARGET, FAULT_SUBJECT_TOKEN_MISSING},
        {GRANT "&subject_token=t" TARGET, FAULT_SUBJECT_TYPE_MISSING},
        {GRANT "&subject_token=t&subject_token_type=jwt" TARGET, FAULT_TOKEN_TYPE_NOT_URI},
        {GRANT "&subject_token=t&subject_token_type=urn:x:y" TARGET, FAULT_TOKEN_TYPE_UNKNOWN},
        {GRANT SUBJECT TARGET "&actor_token=a", FAULT_ACTOR_TYPE_MISSING},
        {GRANT SUBJECT TARGET "&actor_token_type=" JWT_TYPE, FAULT_ACTOR_TOKEN_MISSING},
        {GRANT SUBJECT TARGET "&actor_token=a&actor_token_type=jwt", FAULT_TOKEN_TYPE_NOT_URI},
        {GRANT SUBJECT TARGET "&requested_token_type=jwt", FAULT_TOKEN_TYPE_NOT_URI},
        {GRANT SUBJECT TARGET "&requested_token_type=urn:x:y", FAULT_TOKEN_TYPE_UNKNOWN},
        {GRANT SUBJECT, FAULT_TARGET_MISSING},
        {GRANT SUBJECT "&resource=/relative", FAULT_TARGET_RESOURCE_INVALID},
        {GRANT SUBJECT "&resource=https://a.example/%23part", FAULT_TARGET_RESOURCE_INVALID},
        {GRANT SUBJECT "&resource=not%20a%20uri", FAULT_TARGET_RESOURCE_INVALID},
        {GRANT SUBJECT TARGET "&scope=a%20%20b", FAULT_SCOPE_MALFORMED},
        {GRANT SUBJECT TARGET "&scope=a%22b", FAULT_SCOPE_MALFORMED},
        {GRANT SUBJECT TARGET "&dragoman_dry_run=yes", FAULT_PARAMETER_INVALID},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(read(cases[i].body), cases[i].fault);
}

static void leaves_types_of_our_own_to_the_adapter(void **state)
{
    (void)state;
    assert_int_equal(read(GRANT SUBJECT TARGET "&requested_token_type=urn:dragoman:token-type:api-key"),
                     FAULT_NONE);
    assert_int_equal(read(GRANT "&subject_token=t&subject_token_type=urn:dragoman:token-type:api-key" TARGET),
                     FAULT_TOKEN_TYPE_UNKNOWN);
}

static void bounds_task_and_purpose(void **state)
{
    (void)state;
    char body[2048];
    for (size_t extra = 0; extra < 2; extra++) {
        size_t length = (size_t)snprintf(body, sizeof(body), "%s", GRANT SUBJECT TARGET "&dragoman_task=");
        memset(body + length, 't', TASK_BYTES_MAX + extra);
        body[length + TASK_BYTES_MAX + extra] = '\0';
        assert_int_equal(read(body), extra == 0 ? FAULT_NONE : FAULT_TASK_INVALID);
        length = (size_t)snprintf(body, sizeof(body), "%s", GRANT SUBJECT TARGET "&dragoman_purpose=");
        memset(body + length, 'p', PURPOSE_BYTES_MAX + extra);
        body[length + PURPOSE_BYTES_MAX + extra] = '\0';
        assert_int_equal(read(body), extra == 0 ? FAULT_NONE : FAULT_PURPOSE_INVALID);
    }
}

static void takes_repeated_audiences_and_resources(void **state)
{
    (void)state;
    assert_int_equal(read(GRANT SUBJECT "&audience=a&audience=b&resource=https://a.example/x&resource=urn:y:z"),
                     FAULT_NONE);
    assert_int_equal(request.audience_count, 2);
    assert_int_equal(request.resource_count, 2);
}

static int open_arena(void **state)
{
    (void)state;
    arena = arena_create();
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static void takes_authorization_details_as_json(void **state)
{
    (void)state;
    assert_int_equal(read(GRANT SUBJECT TARGET), FAULT_NONE);
    assert_null(request.authorization_details);
    assert_int_equal(read(GRANT SUBJECT TARGET "&authorization_details="), FAULT_NONE);
    assert_null(request.authorization_details);
    assert_int_equal(read(GRANT SUBJECT TARGET "&authorization_details=[%7B%22type%22:%22pay%22%7D]"),
                     FAULT_NONE);
    assert_int_equal(request.authorization_details->count, 1);
    assert_int_equal(read(GRANT SUBJECT TARGET "&authorization_details=pay"),
                     FAULT_AUTHORIZATION_DETAILS_INVALID);
    assert_null(request.authorization_details);
    assert_int_equal(read(GRANT SUBJECT TARGET "&authorization_details=[%7B%22type%22:%22pay%22%7D]"
                                               "&authorization_details=[%7B%22type%22:%22pay%22%7D]"),
                     FAULT_PARAMETER_DOUBLED);
}

static void takes_the_exchange_whose_credential_was_refused(void **state)
{
    (void)state;
    assert_int_equal(read(GRANT SUBJECT TARGET), FAULT_NONE);
    assert_int_equal(request.refused_exchange.length, 0);
    assert_int_equal(read(GRANT SUBJECT TARGET "&dragoman_refused=01KAQZ3M5W8Y0E6T2R4V7N9B1C"), FAULT_NONE);
    assert_true(text_is(request.refused_exchange, "01KAQZ3M5W8Y0E6T2R4V7N9B1C"));
    assert_int_equal(read(GRANT SUBJECT TARGET "&dragoman_refused=01KAQZ3M5W8Y0E6T2R4V7N9B1"),
                     FAULT_PARAMETER_INVALID);
    assert_int_equal(request.refused_exchange.length, 0);
    assert_int_equal(read(GRANT SUBJECT TARGET "&dragoman_refused=all"), FAULT_PARAMETER_INVALID);
    assert_int_equal(read(GRANT SUBJECT TARGET "&dragoman_refused=01KAQZ3M5W8Y0E6T2R4V7N9B1C"
                                               "&dragoman_refused=01KAQZ3M5W8Y0E6T2R4V7N9B1C"),
                     FAULT_PARAMETER_DOUBLED);
}

#define BINDING(value) GRANT SUBJECT TARGET "&dragoman_channel_binding=" value
#define TWENTY         "Y2hhbm5lbCBvZiAyMCBieXRlcyE"
#define SIXTY_THREE    "Y2hhbm5lbCBvZiAyMSBieXRlcyEhY2hhbm5lbCBvZiAyMSBieXRlcyEhY2hhbm5lbCBvZiAyMSBieXRlcyEh"

static void takes_the_digest_that_something_is_to_be_bound_to(void **state)
{
    static const char *const wrong[] = {
        BINDING("c2hvcnQ"),
        BINDING("Y2hhbm5lbCBvZiAxOSBieXRlcw"),
        BINDING(TWENTY "="),
        BINDING(TWENTY "+"),
        BINDING(SIXTY_THREE "AAA"),
        BINDING(TWENTY TWENTY TWENTY TWENTY),
        BINDING("tls-server-end-point:" TWENTY),
    };
    (void)state;
    assert_int_equal(read(GRANT SUBJECT TARGET), FAULT_NONE);
    assert_int_equal(request.channel_binding.length, 0);
    assert_int_equal(read(BINDING(TWENTY)), FAULT_NONE);
    assert_true(text_is(request.channel_binding, "channel of 20 bytes!"));
    assert_int_equal(read(BINDING(SIXTY_THREE "AA")), FAULT_NONE);
    assert_int_equal(request.channel_binding.length, 64);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (read(wrong[i]) != FAULT_CHANNEL_BINDING_INVALID)
            fail_msg("taken: %s", wrong[i]);
    assert_int_equal(read(BINDING(TWENTY) "&dragoman_channel_binding=" TWENTY), FAULT_PARAMETER_DOUBLED);
}

static void other_grants_have_parameters_of_their_own(void **state)
{
    (void)state;
    const char *bearer = "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer";
    assert_int_equal(read("grant_type=client_credentials" TARGET), FAULT_NONE);
    assert_null(request.subject_token.base);
    assert_true(text_is(text_of(request.grant->name), "client_credentials"));
    assert_int_equal(read("grant_type=client_credentials"), FAULT_TARGET_MISSING);
    assert_int_equal(read("grant_type=client_credentials&resource=no-uri"), FAULT_TARGET_RESOURCE_INVALID);
    assert_int_equal(read(arena_print(arena, "%s&assertion=a", bearer).base), FAULT_NONE); /* says for what */
    assert_true(text_is(request.assertion, "a"));
    assert_int_equal(read(arena_print(arena, "%s&assertion=", bearer).base), FAULT_GRANT_MISSING);
    assert_int_equal(read(arena_print(arena, "%s" TARGET, bearer).base), FAULT_GRANT_MISSING);
}

static void the_actor_of_an_exchange_is_that_of_no_other_grant(void **state)
{
    (void)state;
    assert_int_equal(read("grant_type=client_credentials&actor_token=a&actor_token_type=" JWT_TYPE TARGET),
                     FAULT_NONE);
    assert_null(request.actor_token.base);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)
    const struct CMUnitTest tests[] = {
        TEST(reads_the_smallest_request),
        TEST(refuses_what_breaks_a_parameter_rule),
        TEST(leaves_types_of_our_own_to_the_adapter),
        TEST(bounds_task_and_purpose),
        TEST(takes_repeated_audiences_and_resources),
        TEST(takes_authorization_details_as_json),
        TEST(takes_the_exchange_whose_credential_was_refused),
        TEST(takes_the_digest_that_something_is_to_be_bound_to),
        TEST(other_grants_have_parameters_of_their_own),
        TEST(the_actor_of_an_exchange_is_that_of_no_other_grant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
