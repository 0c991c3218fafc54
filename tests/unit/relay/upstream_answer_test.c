/* Which headers of an answer reach the caller. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "egress/upstream_answer.h"

static const struct egress_document openai = {.upstream = TEXT("https://api.vendor.example/v1/")};

/* The value of one header as the caller gets it; TEXT_NONE: not at all. */
static struct text pass_with(struct arena *arena, const struct egress_document *egress, const char *name,
                             const char *value)
{
    const struct http_stream_header header = {text_of(name), text_of(value)};
    struct response answer = {0};
    upstream_answer_filter(arena, egress, TEXT("/egress/openai"), TEXT("sk-secret"), &header, 1, &answer);
    if (text_is(header.name, "content-type"))
        return answer.content_type;
    return answer.header_count == 0 ? TEXT_NONE : answer.headers[0].value;
}

static struct text pass(struct arena *arena, const char *name, const char *value)
{
    return pass_with(arena, &openai, name, value);
}

static void lets_through_what_clients_go_by(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    static const char *const names[] = {"content-type",
                                        "retry-after",
                                        "x-request-id",
                                        "etag",
                                        "x-ratelimit-remaining-requests",
                                        "anthropic-ratelimit-tokens-limit"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_true(text_is(pass(arena, names[i], "v"), "v"));
}

static void keeps_back_what_is_between_us_and_the_upstream(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    static const char *const names[] = {
        "set-cookie", "www-authenticate",          "authorization",  "x-api-key", "server",
        "alt-svc",    "strict-transport-security", "x-internal-host"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_null(pass(arena, names[i], "v").base);
}

static void lets_through_what_the_target_says(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text name = TEXT("x-plan");
    struct egress_document egress = openai;
    egress.answer_headers = (struct text_list){&name, 1};
    assert_true(text_is(pass_with(arena, &egress, "x-plan", "gold"), "gold"));
    assert_null(pass(arena, "x-plan", "gold").base);
}

/* It may be the proof that was meant for us. */
static void keeps_challenges_back_whatever_the_target_says(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    static const char *const names[] = {"www-authenticate", "authentication-info", "proxy-authenticate",
                                        "proxy-authentication-info"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct text name = text_of(names[i]);
        struct egress_document egress = openai;
        egress.answer_headers = (struct text_list){&name, 1};
        assert_null(pass_with(arena, &egress, names[i], "Negotiate oYG2").base);
    }
}

static void never_repeats_the_credential(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_null(pass(arena, "x-request-id", "for sk-secret").base);
    assert_null(pass(arena, "location", "https://api.vendor.example/v1/x?key=sk-secret").base);
    assert_null(pass(arena, "content-type", "sk-secret").base);
}

static void leads_only_back_to_itself(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_true(text_is(pass(arena, "location", "https://api.vendor.example/v1/files/7?a=b"),
                        "/egress/openai/files/7?a=b"));
    static const char *const elsewhere[] = {"https://evil.example/v1/",
                                            "https://api.vendor.example/v12/files",
                                            "https://api.vendor.example.evil.example/",
                                            "/v1/files",
                                            "https://api.vendor.example/v2/files",
                                            "https://api.vendor.example/v1/../other/keys",
                                            "https://api.vendor.example/v1/a/%2e%2e/%2e%2e/other",
                                            "https://api.vendor.example/v1/..\\other"};
    for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
        assert_null(pass(arena, "location", elsewhere[i]).base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lets_through_what_clients_go_by),
        cmocka_unit_test(keeps_back_what_is_between_us_and_the_upstream),
        cmocka_unit_test(lets_through_what_the_target_says),
        cmocka_unit_test(keeps_challenges_back_whatever_the_target_says),
        cmocka_unit_test(never_repeats_the_credential),
        cmocka_unit_test(leads_only_back_to_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
