/* What a client says of itself is taken where it lies at its own name, has no secret, and leads to itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "code/client_document.h"

#define OWN "https://agents.example/me.json"

static enum fault read(struct arena *arena, const char *document, struct client_words *words)
{
    const char *problem = NULL;
    enum fault fault = client_document_read(arena, text_of(document), TEXT(OWN), words, &problem);
    assert_true(fault == FAULT_NONE || problem != NULL);
    return fault;
}

static void keeps_a_name_and_where_it_leads_to_itself_or_the_persons_machine(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct client_words words;
    assert_int_equal(read(arena,
                          "{\"client_id\":\"" OWN
                          "\",\"client_name\":\"Me\",\"token_endpoint_auth_method\":\"none\","
                          "\"redirect_uris\":[\"https://other.example/b\",\"https://agents.example/b\",7,"
                          "\"http://127.0.0.1/b\",\"https://agents.example:8443/b\",\"app:/b\"]}",
                          &words),
                     FAULT_NONE);
    assert_true(text_is(words.name, "Me"));
    assert_int_equal(words.redirect_count, 2);
    assert_true(text_is(words.redirect_uris[0], "https://agents.example/b"));
    assert_true(text_is(words.redirect_uris[1], "http://127.0.0.1/b"));
}

static void goes_without_a_name_that_cannot_be_shown(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct client_words words;
    assert_int_equal(read(arena,
                          "{\"client_id\":\"" OWN
                          "\",\"client_name\":\"a\\u202Eb\",\"redirect_uris\":[\"http://localhost/\"]}",
                          &words),
                     FAULT_NONE);
    assert_null(words.name.base);
}

static void refuses_what_is_not_its_own_document(void **state)
{
    (void)state;
#define REDIRECTS "\"redirect_uris\":[\"http://127.0.0.1/b\"]"
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"client_id\":\"" OWN "\"}",
        "{" REDIRECTS "}",
        "{\"client_id\":\"https://agents.example/ME.json\"," REDIRECTS "}",
        "{\"client_id\":\"" OWN "\",\"client_id\":\"" OWN "\"," REDIRECTS "}",
        "{\"client_id\":\"" OWN "\",\"client_secret\":\"x\"," REDIRECTS "}",
        "{\"client_id\":\"" OWN "\",\"client_secret_expires_at\":0," REDIRECTS "}",
        "{\"client_id\":\"" OWN "\",\"token_endpoint_auth_method\":\"private_key_jwt\"," REDIRECTS "}",
        "{\"client_id\":\"" OWN "\",\"token_endpoint_auth_method\":7," REDIRECTS "}",
        "{\"client_id\":\"" OWN "\",\"grant_types\":[\"implicit\"]," REDIRECTS "}",
        "{\"client_id\":\"" OWN "\",\"grant_types\":\"authorization_code\"," REDIRECTS "}",
        "{\"client_id\":\"" OWN "\",\"response_types\":[\"token\"]," REDIRECTS "}",
        "{\"client_id\":\"" OWN "\",\"redirect_uris\":\"http://127.0.0.1/b\"}",
        "{\"client_id\":\"" OWN "\",\"redirect_uris\":[]}",
        "{\"client_id\":\"" OWN "\",\"redirect_uris\":[\"https://other.example/b\"]}",
        "{\"client_id\":\"" OWN "\"," REDIRECTS "} x",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        struct client_words words;
        if (read(arena, bad[i], &words) != FAULT_CLIENT_DOCUMENT_ANSWER)
            fail_msg("%s", bad[i]);
    }
}

static void registers_what_has_one_to_ten_redirects_and_no_secret(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct client_words words;
    assert_int_equal(
        client_registration_read(
            arena, TEXT("{\"redirect_uris\":[\"https://a.example/b\",\"http://[::1]:7/b\"]}"), &words),
        FAULT_NONE);
    assert_int_equal(words.redirect_count, 2);
    static const struct {
        const char *body;
        enum fault fault;
    } bad[] = {
        {"{}", FAULT_REGISTRATION_REDIRECT},
        {"{\"redirect_uris\":[]}", FAULT_REGISTRATION_REDIRECT},
        {"{\"redirect_uris\":[1]}", FAULT_REGISTRATION_REDIRECT},
        {"{\"redirect_uris\":[\"http://a.example/b\"]}", FAULT_REGISTRATION_REDIRECT},
        {"[]", FAULT_REGISTRATION_METADATA},
        {"{" REDIRECTS ",\"client_name\":\"\"}", FAULT_REGISTRATION_METADATA},
        {"{" REDIRECTS ",\"client_name\":\"a\\nb\"}", FAULT_REGISTRATION_METADATA},
        {"{" REDIRECTS ",\"client_secret\":\"x\"}", FAULT_REGISTRATION_METADATA},
        {"{" REDIRECTS ",\"token_endpoint_auth_method\":\"client_secret_post\"}", FAULT_REGISTRATION_METADATA},
        {"{" REDIRECTS ",\"response_types\":[]}", FAULT_REGISTRATION_METADATA},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (client_registration_read(arena, text_of(bad[i].body), &words) != bad[i].fault)
            fail_msg("%s", bad[i].body);
}

static void comes_back_from_a_row_as_it_went_in(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct client_words words = {
        .name = TEXT("Me"),
        .redirect_uris = {TEXT("https://a.example/1"), TEXT("https://a.example/2")},
        .redirect_count = 2};
    struct client_words read_back;
    struct buffer json = buffer_in(arena, 256);
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    client_words_write(&writer, &words);
    json_end_object(&writer);
    const struct json_value *row = NULL;
    assert_int_equal(json_parse(arena, buffer_text(&json), &json_limits_document, &row), FAULT_NONE);
    client_words_from(row, &read_back);
    assert_true(text_is(read_back.name, "Me"));
    assert_int_equal(read_back.redirect_count, 2);
    assert_true(text_is(read_back.redirect_uris[1], "https://a.example/2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_a_name_and_where_it_leads_to_itself_or_the_persons_machine),
        cmocka_unit_test(goes_without_a_name_that_cannot_be_shown),
        cmocka_unit_test(refuses_what_is_not_its_own_document),
        cmocka_unit_test(registers_what_has_one_to_ten_redirects_and_no_secret),
        cmocka_unit_test(comes_back_from_a_row_as_it_went_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
