/* Whose a client without a document is: by its URL, its host, or by having registered; and only where the
 * gateway lets its host in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exchange/client_class.h"

static struct text one_url[] = {TEXT("https://agents.example/special.json")};
static struct text one_host[] = {TEXT("agents.example")};
static struct text any_host[] = {TEXT("*")};
static struct text both_hosts[] = {TEXT("agents.example"), TEXT("other.example:8443")};

/* Sorted by client_id, as the world has them. */
static struct document documents[] = {
    {.name = TEXT("any"),
     .client = {.client_id = TEXT("any"), .metadata_hosts = {any_host, 1}, .is_enabled = true}},
    {.name = TEXT("by-host"),
     .client = {.client_id = TEXT("by-host"), .metadata_hosts = {one_host, 1}, .is_enabled = true}},
    {.name = TEXT("by-url"),
     .client = {.client_id = TEXT("by-url"), .metadata_urls = {one_url, 1}, .is_enabled = true}},
    {.name = TEXT("own"), .client = {.client_id = TEXT("https://agents.example/own.json"), .is_enabled = true}},
    {.name = TEXT("registered"),
     .client = {.client_id = TEXT("registered"), .has_registered = true, .is_enabled = true}},
};

static struct client clients[] = {{.document = &documents[0]},
                                  {.document = &documents[1]},
                                  {.document = &documents[2]},
                                  {.document = &documents[3]},
                                  {.document = &documents[4]}};

static void assert_whose(const struct world *world, const char *client_id, const char *name)
{
    const struct client *client = world_client(world, text_of(client_id));
    struct text found = client == NULL ? TEXT("nobody") : client->document->name;
    if (!text_is(found, name))
        fail_msg("%s is %.*s's", client_id, TEXT_ARGUMENTS(found));
}

static void is_of_its_url_before_its_host_before_any(void **state)
{
    (void)state;
    struct gateway_document gateway = {.authorization.metadata_hosts = {any_host, 1}};
    const struct world world = {.gateway = &gateway, .clients = clients, .client_count = 5};
    assert_whose(&world, "https://agents.example/special.json", "by-url");
    assert_whose(&world, "https://agents.example/other.json", "by-host");
    assert_whose(&world, "https://elsewhere.example/me.json", "any");
    assert_whose(&world, "https://agents.example/own.json", "own"); /* a document of its own counts first */
    assert_whose(&world, "urn:dragoman:client:0001.x", "registered");
    assert_whose(&world, "by-host", "by-host");
    assert_whose(&world, "nobody", "nobody");
}

static void is_nobodys_where_the_gateway_does_not_let_its_host_in(void **state)
{
    (void)state;
    struct gateway_document gateway = {.authorization.metadata_hosts = {both_hosts, 2}};
    const struct world world = {.gateway = &gateway, .clients = clients, .client_count = 5};
    assert_whose(&world, "https://agents.example/other.json", "by-host");
    assert_whose(&world, "https://other.example:8443/me.json", "any");
    assert_whose(&world, "https://other.example/me.json", "nobody");
    assert_whose(&world, "https://elsewhere.example/me.json", "nobody");
    gateway.authorization.metadata_hosts.count = 0;
    assert_whose(&world, "https://agents.example/special.json", "nobody");
    assert_whose(&world, "urn:dragoman:client:0001.x", "registered");
}

static void has_a_name_of_one_spelling(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "http://a.example/x",       "https://a.example",      "https://a.example/",
        "https://A.example/x",      "https://u@a.example/x",  "https://a.example/x?y",
        "https://a.example/x#y",    "https://a.example/./x",  "https://a.example/x/..",
        "https://a.example\\x/y",   "https://:1/x",           "https:///x",
        "https://a.example/a b",    "HTTPS://a.example/x",    "https://a.example/%2e%2E/x",
        "https://a.example/x/.%2e", "https://a.example/%2e/x"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (client_url_is_well_formed(text_of(bad[i])))
            fail_msg("%s", bad[i]);
    assert_true(client_url_is_well_formed(TEXT("https://a.example:8443/..x/y.json")));
    assert_true(client_url_is_well_formed(TEXT("https://a.example/%2e%2e%2e/%2ex/%2f.json")));
    assert_true(text_is(client_url_host(TEXT("https://a.example:8443/x")), "a.example:8443"));
    for (int extra = 0; extra < 2; extra++) {
        SCOPED_ARENA arena = arena_create();
        int rest = CLIENT_URL_BYTES_MAX - (int)sizeof("https://a.example/") + 1 + extra;
        struct text url = arena_print(arena, "https://a.example/%0*d", rest, 7);
        assert_int_equal(client_url_is_well_formed(url), extra == 0);
    }
}

static void sends_people_to_authorize_where_any_client_may(void **state)
{
    (void)state;
    const struct world some = {.clients = clients, .client_count = 1},
                       none = {.clients = &clients[3], .client_count = 1};
    assert_true(world_has_browser_clients(&some));
    assert_false(world_has_browser_clients(&none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_of_its_url_before_its_host_before_any),
        cmocka_unit_test(is_nobodys_where_the_gateway_does_not_let_its_host_in),
        cmocka_unit_test(has_a_name_of_one_spelling),
        cmocka_unit_test(sends_people_to_authorize_where_any_client_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
