/* Serves the sandbox's issuers; see fixture.h. Routes are the realms' names. */
#include "fixture.h"

#include <pthread.h>
#include <stdlib.h>

#include "realm.h"
#include "transport/server.h"
#include "json/json_writer.h"

enum { REALMS = 3, BODY_LIMIT = 4096 };

struct fixture {
    struct arena *arena;
    struct text url;
    struct realm realms[REALMS];
    struct server *server;
    struct loop *loop;
    pthread_t thread;
};

static void answer(struct request *request, int status, struct text json)
{
    struct response_header header = {"cache-control", TEXT("no-store")};
    struct response response = {.status = status,
                                .content_type = TEXT("application/json"),
                                .body = json,
                                .headers = &header,
                                .header_count = 1};
    request_answer(request, &response);
}

static void answer_error(struct request *request, int status, const char *sentence)
{
    SCOPED_BUFFER json = {0};
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_member_text(&writer, "error", text_of(sentence));
    json_end_object(&writer);
    answer(request, status, buffer_text(&json));
}

static void hand_out_token(struct request *request, const struct realm *realm)
{
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER json = {0};
    struct json_writer writer = json_writer_on(&json);
    struct text claims = realm->claims(realm, arena, request_body(request), request_query(request));
    if (claims.base == NULL) {
        answer_error(request, 400,
                     "There is nobody of that name here: people are user=alice and user=bob, a workload is a "
                     "serviceaccount in lower-case letters.");
        return;
    }
    struct text token = realm_sign(realm, arena, claims);
    if (token.base == NULL) {
        answer_error(request, 500, "The token could not be signed.");
        return;
    }
    json_begin_object(&writer);
    json_member_text(&writer, "access_token", token);
    json_member_text(&writer, "token_type", TEXT("Bearer"));
    json_member_integer(&writer, "expires_in", REALM_TOKEN_LIFETIME_S);
    json_end_object(&writer);
    answer(request, 200, buffer_text(&json));
}

static void serve_realm(struct request *request, const struct realm *realm, struct text path)
{
    bool is_get = text_is(request_method(request), "GET");
    bool is_post = text_is(request_method(request), "POST");
    if (is_get && text_is(path, ".well-known/openid-configuration"))
        answer(request, 200, realm->discovery);
    else if (is_get && text_is(path, "jwks"))
        answer(request, 200, realm->jwks);
    else if (is_post && text_is(path, realm->token_path))
        hand_out_token(request, realm);
    else
        answer_error(request, 404,
                     "There is nothing here; a login is a POST to corp/login, a workload's token a POST to "
                     "cluster/token.");
}

static void handle(struct request *request, void *context)
{
    const struct fixture *fixture = context;
    struct text path = request_path(request);
    if (path.length != 0) {
        path.base++;
        path.length--;
    }
    struct text name = text_cut(&path, '/');
    for (size_t i = 0; i < REALMS; i++)
        if (text_is(name, fixture->realms[i].name)) {
            serve_realm(request, &fixture->realms[i], path);
            return;
        }
    answer_error(request, 404, "The issuers here are corp, cluster and acme.");
}

static void *serve(void *argument)
{
    struct fixture *fixture = argument;
    server_attach(fixture->server, fixture->loop);
    loop_run(fixture->loop);
    return NULL;
}

static enum fault prepare(struct fixture *fixture, const struct fixture_options *options, char *detail)
{
    struct server_options server = {
        .listeners = {{.kind = REQUEST_LISTENER_FIXTURE, .address = TEXT("127.0.0.1"), .is_tls = true}},
        .listener_count = 1,
        .certificate_file = options->certificate_file,
        .key_file = options->key_file,
        .limits = server_usual_limits(),
        .body_limit = BODY_LIMIT,
        .in_flight_limit = 256,
        .in_flight_limit_per_connection = 64,
        .handle = handle,
        .context = fixture,
    };
    TRY(server_create(&server, &fixture->server, detail));
    fixture->url = arena_print(fixture->arena, "https://127.0.0.1:%u", server_port(fixture->server, 0));
    struct text gateway = arena_copy(fixture->arena, options->gateway);
    for (size_t i = 0; i < REALMS; i++)
        if (!realm_prepare(&fixture->realms[i], fixture->arena, fixture->url, gateway))
            return FAULT_INTERNAL;
    return FAULT_NONE;
}

static void dispose(struct fixture *fixture)
{
    if (fixture->server != NULL)
        server_destroy(fixture->server);
    loop_destroy(fixture->loop);
    for (size_t i = 0; i < REALMS; i++)
        realm_dispose(&fixture->realms[i]);
    arena_destroy(fixture->arena);
    free(fixture);
}

enum fault fixture_start(const struct fixture_options *options, struct fixture **out, char *detail)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    INVARIANT(fixture != NULL);
    *fixture = (struct fixture){
        .arena = arena_create(),
        .loop = loop_create(),
        .realms =
            {
                {.name = "corp",
                 .token_path = "login",
                 .algorithm = ALGORITHM_RS256,
                 .claims = realm_user_claims,
                 .type = "at+jwt"},
                {.name = "cluster",
                 .token_path = "token",
                 .algorithm = ALGORITHM_ES256,
                 .claims = realm_workload_claims},
                {.name = "acme",
                 .token_path = "login",
                 .algorithm = ALGORITHM_ES256,
                 .claims = realm_user_claims,
                 .type = "JWT"},
            },
    };
    enum fault fault = prepare(fixture, options, detail);
    if (fault != FAULT_NONE) {
        dispose(fixture);
        return fault;
    }
    INVARIANT(pthread_create(&fixture->thread, NULL, serve, fixture) == 0);
    *out = fixture;
    return FAULT_NONE;
}

struct text fixture_url(const struct fixture *fixture)
{
    return fixture->url;
}

void fixture_stop(struct fixture *fixture)
{
    if (fixture == NULL)
        return;
    loop_stop(fixture->loop);
    pthread_join(fixture->thread, NULL);
    dispose(fixture);
}
