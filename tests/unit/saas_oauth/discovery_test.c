/* Looked up, remembered, and believed no further than the settings say. One server plays them all: each answer
 * is the resource's metadata, the issuer's and a token at once. */
#include "people.h"

#include <string.h>

#define DISCOVER(server, issuer)                                                                               \
    "{\"grant\":\"client_credentials\",\"clientId\":\"c\",\"issuer\":\"" issuer                                \
    "\",\"discover\":{\"server\":\"" server "\",\"scopes\":\"server\"}}"

static const char settings[] = DISCOVER("@/mcp", "@");
static const char connected[] =
    "{\"grant\":\"connected\",\"clientId\":\"c\",\"authentication\":\"none\",\"issuer\":\"@\","
    "\"discover\":{\"server\":\"@/mcp\"}}";

#define TOKEN      ",\"access_token\":\"at-1\",\"token_type\":\"Bearer\",\"expires_in\":600"
#define RESOURCE   "\"resource\":\"@/mcp\",\"authorization_servers\":[\"https://other.example\",\"@\"]"
#define ENDPOINTS  ",\"issuer\":\"@\",\"token_endpoint\":\"@/token\",\"revocation_endpoint\":\"@/revoke\""
#define EVERYTHING "{" RESOURCE ENDPOINTS TOKEN ",\"scopes_supported\":[\"mcp:one\",\"mcp:two\"]}"

/* The server, its metadata, the issuer's, the token; and how many requests a mint is without the first three.
 */
enum { REQUESTS = 4, REMEMBERED = 1 };

static void begin(struct stage *stage)
{
    stage_begin(stage, 1);
    stage_hand_over(stage, settings, "{\"client_secret\":\"s3cret-of-the-client\"}");
    stage_answers(stage, 200, stage_text(stage, EVERYTHING));
}

static unsigned requests_of_mint(struct stage *stage, const char *with, const char *more)
{
    unsigned before = canned_server_connections(stage->server);
    assert_int_equal(stage_mint(stage, with, more, NULL), 0);
    return canned_server_connections(stage->server) - before;
}

static void finds_the_endpoints_and_asks_for_what_the_server_wants(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    assert_int_equal(requests_of_mint(&stage, settings, ""), REQUESTS);
    assert_true(stage_request_has(&stage, "POST /token "));
    assert_true(text_is(stage_form(&stage, "resource"), stage_text(&stage, "@/mcp")));
    assert_true(text_is(stage_form(&stage, "scope"), "mcp:one mcp:two"));
    stage_end(&stage);
}

static void remembers_it_until_what_it_led_to_is_refused(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    assert_int_equal(requests_of_mint(&stage, settings, ""), REQUESTS);
    assert_int_equal(requests_of_mint(&stage, settings, ""), REMEMBERED);
    assert_int_equal(requests_of_mint(&stage, settings, ",\"fresh\":true"), REQUESTS);
    stage_restart(&stage); /* it is in the state, so the same for all gateways */
    assert_int_equal(requests_of_mint(&stage, settings, ""), REMEMBERED);
    stage_end(&stage);
}

static void sends_a_secret_to_no_other_issuer_of_the_same_host(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    begin(&stage);
    unsigned before = canned_server_connections(stage.server);
    int64_t code = stage_mint(&stage, DISCOVER("@/mcp", "@/other"), "", &answer);
    stage_assert_error(answer, code, -32003, "handed over for another host");
    assert_int_equal(canned_server_connections(stage.server), before);
    stage_end(&stage);
}

static void takes_a_token_back_where_the_server_has_gone(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    begin(&stage);
    assert_int_equal(stage_mint(&stage, settings, "", &answer), 0);
    unsigned before = canned_server_connections(stage.server);
    assert_int_equal(stage_ask(&stage, "revoke", NULL,
                               "\"lease\":\"%s\",\"target\":" STAGE_TARGET ",\"handle\":\"%.*s\"", stage.lease,
                               stage_text(&stage, DISCOVER("https://127.0.0.1:1/mcp", "@")), "",
                               TEXT_ARGUMENTS(json_text_of(answer, "handle"))),
                     0);
    assert_int_equal(canned_server_connections(stage.server) - before, 2); /* the issuer's metadata, and this */
    assert_true(stage_request_has(&stage, "POST /revoke "));
    assert_true(text_is(stage_form(&stage, "token"), "at-1"));
    stage_end(&stage);
}

/* --- what is not believed --- */

static const struct {
    const char *headers, *body, *words;
    int status;
} hostile[] = {
    {"", "{\"resource\":\"https://evil.example/mcp\",\"authorization_servers\":[\"@\"]" ENDPOINTS TOKEN "}",
     "another resource", 200},
    {"", "{\"resource\":\"@/mc\",\"authorization_servers\":[\"@\"]" ENDPOINTS TOKEN "}", "another resource",
     200},
    {"", "{\"resource\":\"@/mcp\",\"authorization_servers\":[\"https://evil.example\"]" ENDPOINTS TOKEN "}",
     "than settings allow: https://evil.example", 200},
    {"", "{\"resource\":\"@/mcp\",\"authorization_servers\":[\"@/\"]" ENDPOINTS TOKEN "}",
     "than settings allow", 200},
    {"", "{\"resource\":\"@/mcp\",\"authorization_servers\":[\"a\\nb\"]" ENDPOINTS TOKEN "}", "(no text)", 200},
    {"", "{\"resource\":\"@/mcp\"" ENDPOINTS TOKEN "}", "name no authorization server", 200},
    {"", "{" RESOURCE ",\"issuer\":\"@/\",\"token_endpoint\":\"@/token\"" TOKEN "}", "another issuer", 200},
    {"", "{" RESOURCE ",\"issuer\":\"@\"" TOKEN "}", "no token endpoint", 200},
    {"", "{" RESOURCE ",\"issuer\":\"@\",\"token_endpoint\":\"http://127.0.0.1/t\"" TOKEN "}", "no https URL",
     200},
    {"", "{" RESOURCE ",\"issuer\":\"@\",\"token_endpoint\":\"https://10.0.0.1/t\"" TOKEN "}", "other side",
     200},
    {"", "{" RESOURCE ENDPOINTS TOKEN ",\"issuer\":\"@\"}", "no strict JSON", 200},
    {"", "nothing", "no strict JSON", 200},
    {"Location: https://evil.example/\r\n", EVERYTHING, "legacyMetadata", 302},
    {"", EVERYTHING, "legacyMetadata", 404},
    {"WWW-Authenticate: Bearer resource_metadata=\"https://evil.example/m\"\r\n", EVERYTHING, "another host",
     401},
    {"WWW-Authenticate: Bearer resource_metadata=\"http://127.0.0.1/m\"\r\n", EVERYTHING, "another host", 401},
    {"WWW-Authenticate: Bearer resource_metadata=\"@evil.example/m\"\r\n", EVERYTHING, "another host", 401},
    {"WWW-Authenticate: Bearer resource_metadata=\"@/m\"\r\n", EVERYTHING, "not there", 401},
    {"WWW-Authenticate: Bearer scope=\"a  b\"\r\n", EVERYTHING, "no list of scopes", 401},
};

static void believes_no_server_that_says_more_than_the_settings(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    begin(&stage);
    for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
        stage_answers_with(&stage, hostile[i].status, stage_text(&stage, hostile[i].headers),
                           stage_text(&stage, hostile[i].body));
        int64_t code = stage_mint(&stage, settings, ",\"fresh\":true", &answer);
        stage_assert_error(answer, code, -32003, hostile[i].words);
        assert_false(stage_request_has(&stage, "POST /token "));
        assert_false(stage_request_has(&stage, "POST /t "));
    }
    stage_end(&stage);
}

static void remembers_nothing_of_a_server_that_was_not_believed(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    stage_answers(&stage, 200, stage_text(&stage, hostile[0].body));
    assert_int_equal(stage_mint(&stage, settings, "", NULL), -32003);
    stage_answers(&stage, 200, stage_text(&stage, EVERYTHING));
    assert_int_equal(requests_of_mint(&stage, settings, ""), REQUESTS);
    stage_end(&stage);
}

static void reads_no_metadata_without_end_and_waits_for_a_server_that_is_down(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    begin(&stage);
    struct text large = arena_print(stage.arena, "{%s%s%s,\"x\":\"%070000d\"}", stage_text(&stage, RESOURCE),
                                    stage_text(&stage, ENDPOINTS), TOKEN, 0);
    stage_answers(&stage, 200, large.base);
    int64_t code = stage_mint(&stage, settings, "", &answer);
    stage_assert_error(answer, code, -32003, "at most 64 KiB");
    stage_answers_with(&stage, 503, "Retry-After: 7\r\n", "");
    code = stage_mint(&stage, settings, "", &answer);
    stage_assert_error(answer, code, -32002, "status 503");
    assert_int_equal(json_integer_of(json_member(answer, TEXT("data")), "retry_after_s"), 7);
    stage_end(&stage);
}

static void sends_nobody_where_a_stolen_code_would_do(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    static const char *const methods[] = {"", ",\"code_challenge_methods_supported\":[\"plain\"]"};
    stage_begin(&stage, 1);
    for (size_t i = 0; i < 2; i++) {
        stage_answers(
            &stage, 200,
            stage_text(&stage,
                       arena_print(stage.arena, "{" RESOURCE ENDPOINTS ",\"authorization_endpoint\":\"@/a\"%s}",
                                   methods[i])
                           .base));
        int64_t code = stage_ask(&stage, "connect_begin", &answer,
                                 "\"target\":" STAGE_TARGET ALICE ",\"redirect_uri\":\"" REDIRECT_URI
                                 "\",\"state\":\"s\",\"scope\":\"read\"",
                                 stage_text(&stage, connected), ",\"connects\":true");
        stage_assert_error(answer, code, -32003, "PKCE with S256");
    }
    stage_end(&stage);
}

#define PEOPLE_TOO                                                                                             \
    "{" RESOURCE ENDPOINTS TOKEN ",\"authorization_endpoint\":\"@/authorize\",\"refresh_token\":\"RT-1\","     \
    "\"code_challenge_methods_supported\":[\"S256\"],\"scopes_supported\":[\"offline_access\"],\"scope\":"     \
    "\"read\""

static void connects_an_account_where_the_issuer_says(void **state)
{
    (void)state;
    struct stage stage;
    struct text go_to, keep;
    stage_begin(&stage, 1);
    stage_answers(&stage, 200, stage_text(&stage, PEOPLE_TOO "}"));
    people_begin(&stage, connected, "st", &go_to, &keep);
    assert_true(text_starts_with(go_to, text_of(stage_text(&stage, "@/authorize?"))));
    assert_non_null(strstr(go_to.base, "scope=read%20offline_access"));
    assert_int_equal(people_finish(&stage, connected, "st", keep, "{\"code\":\"c-1\"}", NULL), 0);
    assert_true(stage_request_has(&stage, "POST /token "));
    assert_true(text_is(stage_form(&stage, "code"), "c-1"));
    assert_int_equal(stage_mint(&stage, connected, "", NULL), 0);
    assert_true(text_is(stage_form(&stage, "refresh_token"), "RT-1"));
    stage_end(&stage);
}

/* RFC 9207 section 2.4, by what the metadata promise; settings may say it instead. */
static void wants_the_issuer_in_the_answer_where_it_promised_that(void **state)
{
    (void)state;
    struct stage stage;
    struct text go_to, keep;
    const struct json_value *answer;
    static const char lenient[] =
        "{\"grant\":\"connected\",\"clientId\":\"c\",\"authentication\":\"none\",\"issuer\":\"@\","
        "\"discover\":{\"server\":\"@/mcp\"},\"connect\":{\"requireIss\":false}}";
    stage_begin(&stage, 1);
    stage_answers(&stage, 200,
                  stage_text(&stage, PEOPLE_TOO ",\"authorization_response_iss_parameter_supported\":true}"));
    people_begin(&stage, connected, "st", &go_to, &keep);
    int64_t code = people_finish(&stage, connected, "st", keep, "{\"code\":\"c-1\"}", &answer);
    stage_assert_error(answer, code, -32001, "did not say who it is");
    code = people_finish(&stage, connected, "st", keep, "{\"code\":\"c-1\",\"iss\":\"https://evil.example\"}",
                         &answer);
    stage_assert_error(answer, code, -32001, "another issuer");
    assert_int_equal(people_finish(&stage, lenient, "st", keep, "{\"code\":\"c-1\"}", NULL), 0);
    stage_end(&stage);
}

/* A server that names nothing is one of the older revision only where the settings say so, and its own issuer.
 */
static void takes_a_server_without_metadata_only_where_settings_say_so(void **state)
{
    (void)state;
    struct stage stage;
    struct text go_to, keep;
    const struct json_value *answer;
    static const char legacy[] =
        "{\"grant\":\"connected\",\"clientId\":\"c\",\"authentication\":\"none\",\"issuer\":\"@\","
        "\"discover\":{\"server\":\"@/mcp\",\"legacyMetadata\":true}}";
    static const char elsewhere[] =
        "{\"grant\":\"connected\",\"clientId\":\"c\",\"authentication\":\"none\",\"issuer\":\"@/as\","
        "\"discover\":{\"server\":\"@/mcp\",\"legacyMetadata\":true}}";
    stage_begin(&stage, 1);
    stage_answers(&stage, 404, "{}");
    int64_t code = stage_mint(&stage, connected, "", &answer);
    stage_assert_error(answer, code, -32003, "legacyMetadata: true");
    code = stage_mint(&stage, elsewhere, "", &answer);
    stage_assert_error(answer, code, -32003, "its own authorization server");
    people_begin(&stage, legacy, "st", &go_to, &keep);
    assert_true(text_starts_with(go_to, text_of(stage_text(&stage, "@/authorize?"))));
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_endpoints_and_asks_for_what_the_server_wants),
        cmocka_unit_test(remembers_it_until_what_it_led_to_is_refused),
        cmocka_unit_test(sends_a_secret_to_no_other_issuer_of_the_same_host),
        cmocka_unit_test(takes_a_token_back_where_the_server_has_gone),
        cmocka_unit_test(believes_no_server_that_says_more_than_the_settings),
        cmocka_unit_test(remembers_nothing_of_a_server_that_was_not_believed),
        cmocka_unit_test(reads_no_metadata_without_end_and_waits_for_a_server_that_is_down),
        cmocka_unit_test(connects_an_account_where_the_issuer_says),
        cmocka_unit_test(wants_the_issuer_in_the_answer_where_it_promised_that),
        cmocka_unit_test(takes_a_server_without_metadata_only_where_settings_say_so),
        cmocka_unit_test(sends_nobody_where_a_stolen_code_would_do),
    };
    return cmocka_run_group_tests(tests, stage_folder_make, stage_folder_remove);
}
