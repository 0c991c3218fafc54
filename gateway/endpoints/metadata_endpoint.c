/* GET /.well-known/oauth-authorization-server (RFC 8414) and /.well-known/openid-configuration, for clouds that
 * look for our keys there: the same document, what this gateway is and does. And
 * /.well-known/authzen-configuration (AuthZEN Authorization API 1.0 section 9): where its policies are asked.
 */
#include "endpoint.h"

static void write_list(struct json_writer *writer, const char *name, const char *const *items)
{
    json_name(writer, text_of(name));
    json_begin_array(writer);
    for (; *items != NULL; items++)
        json_write_text(writer, text_of(*items));
    json_end_array(writer);
}

static void write_endpoint(struct json_writer *writer, const char *name, struct text issuer, const char *path)
{
    SCOPED_ARENA arena = arena_create();
    json_member_text(writer, name, arena_print(arena, "%.*s%s", TEXT_ARGUMENTS(issuer), path));
}

static void write_texts(struct json_writer *writer, const char *name, const struct text_list *items)
{
    json_name(writer, text_of(name));
    json_begin_array(writer);
    for (size_t i = 0; i < items->count; i++)
        json_write_text(writer, items->items[i]);
    json_end_array(writer);
}

/* Clients that come by way of a browser (RFC 8414 section 2, RFC 7636, RFC 9207 section 3, RFC 7591, client ID
 * metadata documents): what any document lets them do, so that none is sent where nobody could go on. */
static void write_authorization(struct json_writer *writer, const struct world *world)
{
    static const char *const code[] = {"code", NULL}, *const challenge[] = {"S256", NULL},
                             *const none[] = {NULL};
    const struct authorization_gateway_document *spec = &world->gateway->authorization;
    bool has_clients = world_has_browser_clients(world);
    write_list(writer, "response_types_supported", has_clients ? code : none); /* required by RFC 8414 */
    if (!has_clients)
        return;
    write_endpoint(writer, "authorization_endpoint", world->issuer, "/authorize");
    write_list(writer, "code_challenge_methods_supported", challenge);
    json_member_boolean(writer, "authorization_response_iss_parameter_supported", true);
    if (spec->metadata_hosts.count != 0)
        json_member_boolean(writer, "client_id_metadata_document_supported", true);
    if (spec->is_registration_open)
        write_endpoint(writer, "registration_endpoint", world->issuer, "/register");
}

static void write_metadata(struct json_writer *writer, const struct world *world)
{
    static const char *const methods[] = {"client_secret_basic", "client_secret_post", "private_key_jwt", NULL};
    static const char *const signing[] = {"RS256", "RS384", "RS512", "PS256",   "PS384", "PS512",
                                          "ES256", "ES384", "ES512", "Ed25519", "EdDSA", NULL};
    static const char *const grants[] = {"urn:ietf:params:oauth:grant-type:token-exchange", NULL};
    static const char *const public_subjects[] = {"public", NULL};
    static const char *const prefixes[] = {"token_endpoint", "introspection_endpoint", "revocation_endpoint"};
    SCOPED_ARENA arena = arena_create();
    json_member_text(writer, "issuer", world->issuer);
    write_endpoint(writer, "token_endpoint", world->issuer, "/token");
    write_endpoint(writer, "introspection_endpoint", world->issuer, "/introspect");
    write_endpoint(writer, "revocation_endpoint", world->issuer, "/revoke");
    write_endpoint(writer, "jwks_uri", world->issuer, "/jwks");
    write_list(writer, "grant_types_supported", grants);
    write_authorization(writer, world);
    write_list(writer, "subject_types_supported", public_subjects);
    write_texts(writer, "id_token_signing_alg_values_supported", &world->gateway->signing_algorithms);
    if (world->details_types.count != 0)
        write_texts(writer, "authorization_details_types_supported",
                    &world->details_types); /* RFC 9396 section 10 */
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        write_list(writer, arena_print(arena, "%s_auth_methods_supported", prefixes[i]).base, methods);
        write_list(writer, arena_print(arena, "%s_auth_signing_alg_values_supported", prefixes[i]).base,
                   signing);
    }
}

static void write_authzen_metadata(struct json_writer *writer, const struct world *world)
{
    json_member_text(writer, "policy_decision_point", world->issuer);
    write_endpoint(writer, "access_evaluation_endpoint", world->issuer, "/access/v1/evaluation");
}

/* For an issuer with a path the well-known part is inserted before it: RFC 8414 section 3.1. */
static void answer(struct gateway *gateway, struct request *request, struct text prefix,
                   void (*write)(struct json_writer *writer, const struct world *world))
{
    struct world *world = world_keeper_take(gateway->worlds);
    struct text path = request_path(request);
    SCOPED_BUFFER body = {0};
    struct json_writer writer = json_writer_on(&body);
    struct text suffix = text_starts_with(path, prefix)
                             ? (struct text){path.base + prefix.length, path.length - prefix.length}
                             : TEXT_NONE;
    if (suffix.length != 0 && !text_ends_with(world->issuer, suffix)) {
        endpoint_answer_fault(request, FAULT_REQUEST_PATH, NULL);
    } else {
        json_begin_object(&writer);
        write(&writer, world);
        json_end_object(&writer);
        endpoint_answer(request, 200, "application/json", "public, max-age=300", buffer_text(&body));
    }
    world_release(world);
}

void metadata_endpoint(struct gateway *gateway, struct request *request)
{
    answer(gateway, request, TEXT("/.well-known/oauth-authorization-server"), write_metadata);
}

void authzen_metadata_endpoint(struct gateway *gateway, struct request *request)
{
    answer(gateway, request, TEXT("/.well-known/authzen-configuration"), write_authzen_metadata);
}
