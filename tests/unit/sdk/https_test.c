/* Requests to the world: where they may go, when they stop, what they bring back. */
#include "peer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "canned_server.h"
#include "certificate.h"

enum { CA_DESCRIPTOR = 10 };
static char directory[] = "/tmp/adapter-https-XXXXXX";
static char certificate[64], key[64];

/* The purpose is the URL. */
static enum adapter_outcome mint(struct adapter_call *call, const struct adapter_order *order,
                                 struct adapter_credential *made)
{
    static const struct text headers[] = {TEXT("x-test: 1")};
    struct adapter_answer answer;
    const struct adapter_request request = {.method = TEXT("POST"),
                                            .url = order->purpose,
                                            .headers = headers,
                                            .header_count = 1,
                                            .body = TEXT("{}")};
    ADAPTER_TRY(adapter_https(call, &request, &answer));
    made->credential =
        arena_print(adapter_arena(call), "%d %lld %.*s %.*s", answer.status, (long long)answer.retry_after_s,
                    TEXT_ARGUMENTS(answer.content_type), TEXT_ARGUMENTS(answer.body));
    return ADAPTER_DONE;
}

static const struct adapter_kind kinds[] = {{"urn:test", "N_A"}};
static const struct adapter_definition definition = {.name = "test",
                                                     .version = "1",
                                                     .kinds = kinds,
                                                     .kind_count = 1,
                                                     .concurrency = 4,
                                                     .has_network = true,
                                                     .mint = mint};

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(directory));
    certificate_write(directory);
    snprintf(certificate, sizeof(certificate), "%s/tls.crt", directory);
    snprintf(key, sizeof(key), "%s/tls.key", directory);
    int file = open(certificate, O_RDONLY);
    assert_int_equal(dup2(file, CA_DESCRIPTOR), CA_DESCRIPTOR);
    close(file);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(CA_DESCRIPTOR);
    unlink(certificate);
    unlink(key);
    return rmdir(directory);
}

#define TRUSTED ",\"files\":{\"ca\":10},\"allow_addresses\":[\"127.0.0.0/8\"]"

static const char found[] =
    "HTTP/1.1 429 Slow\r\nContent-Type: text/x\r\nRetry-After: 12\r\nContent-Length: 4\r\n"
    "Connection: close\r\n\r\nbody";

/* The adapter is forked before the server's thread is there. */
static void url_of(struct canned_server *server, const char *scheme, char url[64])
{
    snprintf(url, 64, "%s://127.0.0.1:%u/x", scheme, canned_server_port(server));
}

static void brings_back_status_body_and_when_to_come_again(void **state)
{
    (void)state;
    struct peer peer;
    const struct json_value *answer;
    char url[64];
    peer_begin(&peer, &definition, TRUSTED);
    struct canned_server *server = canned_server_start(directory, NULL, found, sizeof(found) - 1);
    url_of(server, "https", url);
    peer_mint(&peer, 2, 5000, url);
    assert_int_equal(peer_answer(&peer, 2, &answer), 0);
    assert_true(text_is(json_text_of(answer, "credential"), "429 12 text/x body"));
    assert_non_null(strstr(canned_server_request(server), "POST /x HTTP/1.1\r\n"));
    assert_non_null(strstr(canned_server_request(server), "\r\nx-test: 1\r\n"));
    canned_server_stop(server);
    peer_mint(&peer, 3, 5000, url);
    assert_int_equal(peer_answer(&peer, 3, NULL), -32002);
    assert_int_equal(peer_end(&peer), 0);
}

static void goes_only_where_the_operator_lets_it(void **state)
{
    (void)state;
    static const struct {
        const char *start, *scheme;
        int code;
    } cases[] = {
        {",\"files\":{\"ca\":10}", "https", -32003}, /* no exception */
        {",\"files\":{\"ca\":10},\"allow_addresses\":[\"10.0.0.0/8\"]", "https", -32003},
        {",\"allow_addresses\":[\"127.0.0.0/8\"]", "https", -32002}, /* a certificate nobody vouches for */
        {TRUSTED, "ftp", -32003},
        {TRUSTED, "https", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct peer peer;
        char url[64];
        peer_begin(&peer, &definition, cases[i].start);
        struct canned_server *server = canned_server_start(directory, NULL, found, sizeof(found) - 1);
        url_of(server, cases[i].scheme, url);
        peer_mint(&peer, 2, 5000, url);
        assert_int_equal(peer_answer(&peer, 2, NULL), cases[i].code);
        canned_server_stop(server);
        assert_int_equal(peer_end(&peer), 0);
    }
}

static void speaks_without_tls_to_an_excepted_loopback_address_alone(void **state)
{
    (void)state;
    for (int is_excepted = 0; is_excepted < 2; is_excepted++) {
        struct peer peer;
        char url[64];
        peer_begin(&peer, &definition, is_excepted ? TRUSTED : "");
        struct canned_server *server = canned_server_start(NULL, NULL, found, sizeof(found) - 1);
        url_of(server, "http", url);
        peer_mint(&peer, 2, 5000, url);
        assert_int_equal(peer_answer(&peer, 2, NULL), is_excepted ? 0 : -32003);
        assert_int_equal(canned_server_connections(server), (unsigned)is_excepted);
        canned_server_stop(server);
        assert_int_equal(peer_end(&peer), 0);
    }
}

static void stops_at_the_deadline_and_when_it_is_cancelled(void **state)
{
    (void)state;
    struct peer peer;
    char url[64];
    peer_begin(&peer, &definition, TRUSTED);
    struct canned_server *server = canned_server_start(directory, NULL, "", 0); /* never answers */
    url_of(server, "https", url);
    int64_t begun = clock_monotonic_us();
    peer_mint(&peer, 2, 300, url);
    assert_int_equal(peer_answer(&peer, 2, NULL), -32800);
    assert_in_range(clock_monotonic_us() - begun, 290000, 2000000);
    peer_mint(&peer, 3, 60000, url);
    while (canned_server_connections(server) < 2)
        usleep(2000);
    begun = clock_monotonic_us();
    peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"method\":\"cancel\",\"params\":{\"id\":3}}");
    assert_int_equal(peer_answer(&peer, 3, NULL), -32800);
    assert_in_range(clock_monotonic_us() - begun, 0, 2000000);
    canned_server_stop(server);
    assert_int_equal(peer_end(&peer), 0);
}

static void follows_no_redirect_and_takes_no_more_than_a_mebibyte(void **state)
{
    (void)state;
    enum { TOO_LARGE = 1024 * 1024 + 1 };
    static const char moved[] =
        "HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    struct peer peer;
    const struct json_value *answer;
    char url[64];
    peer_begin(&peer, &definition, TRUSTED);
    struct canned_server *server = canned_server_start(directory, NULL, moved, sizeof(moved) - 1);
    url_of(server, "https", url);
    peer_mint(&peer, 2, 5000, url);
    assert_int_equal(peer_answer(&peer, 2, &answer), 0);
    assert_true(text_starts_with(json_text_of(answer, "credential"), TEXT("302 ")));
    assert_int_equal(canned_server_connections(server), 1);
    char *large = malloc(TOO_LARGE + 256);
    assert_non_null(large);
    int head =
        snprintf(large, 256, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", TOO_LARGE);
    memset(large + head, 'x', TOO_LARGE);
    canned_server_change(server, large, (size_t)head + TOO_LARGE);
    peer_mint(&peer, 3, 5000, url);
    assert_int_equal(peer_answer(&peer, 3, &answer), -32002);
    assert_non_null(strstr(json_text_of(answer, "message").base, "larger than the limit"));
    canned_server_stop(server);
    free(large);
    assert_int_equal(peer_end(&peer), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brings_back_status_body_and_when_to_come_again),
        cmocka_unit_test(goes_only_where_the_operator_lets_it),
        cmocka_unit_test(speaks_without_tls_to_an_excepted_loopback_address_alone),
        cmocka_unit_test(stops_at_the_deadline_and_when_it_is_cancelled),
        cmocka_unit_test(follows_no_redirect_and_takes_no_more_than_a_mebibyte),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
