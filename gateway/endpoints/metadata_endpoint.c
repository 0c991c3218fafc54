/* GET /.well-known/oauth-authorization-server (RFC 8414) and /.well-known/openid-configuration, for clouds that
 * look for our keys there: the same document, what this gateway is and does.
 * /.well-known/authzen-configuration (AuthZEN Authorization API 1.0 section 9): where its policies are asked.
 * And, on the relay listener, /.well-known/oauth-protected-resource/mcp/NAME (RFC 9728): where tokens for that
 * MCP server come from. */
#include "endpoint.h"
#include "exchange/token_exchange.h"
#include "mcp/resource_metadata.h"

static void write_list(struct json_writer *writer, const char *name, const char *const *items)
{
    json_name(writer, text_of(name));
    json_begin_array(writer);
    for (; *items != NULL; items++)
        json_write_text(writer, text_of(*items));
    json_end_array(writer);
}

static void write_endpoint(struct json_writer *writer, const char *name, const struct world *world,
                           const char *path)
{
    SCOPED_ARENA arena = arena_create();
    json_member_text(writer, name, world_url(world, arena, text_of(path)));
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
 * metadata documents): what any document lets them do, so that none is sent where nobody could go on. The
 * endpoint is named in any case: the official MCP clients read no metadata without it, whatever their grant. */
static void write_authorization(struct json_writer *writer, const struct world *world)
{
    static const char *const code[] = {"code", NULL}, *const challenge[] = {"S256", NULL},
                             *const none[] = {NULL};
    const struct authorization_gateway_document *spec = &world->gateway->authorization;
    bool has_clients = world_has_browser_clients(world);
    write_list(writer, "response_types_supported", has_clients ? code : none); /* required by RFC 8414 */
    write_endpoint(writer, "authorization_endpoint", world, "/authorize");
    if (!has_clients)
        return;
    write_list(writer, "code_challenge_methods_supported", challenge);
    json_member_boolean(writer, "authorization_response_iss_parameter_supported", true);
    if (spec->metadata_hosts.count != 0)
        json_member_boolean(writer, "client_id_metadata_document_supported", true);
    if (spec->is_registration_open)
        write_endpoint(writer, "registration_endpoint", world, "/register");
}

/* Codes are for clients that come by way of a browser. */
static void write_grants(struct json_writer *writer, const struct world *world)
{
    bool has_codes = world_has_browser_clients(world);
    const char *grant_type;
    json_name(writer, TEXT("grant_types_supported"));
    json_begin_array(writer);
    for (size_t i = 0; (grant_type = token_exchange_grant_type(i)) != NULL; i++)
        if (has_codes || !text_is(text_of(grant_type), "authorization_code"))
            json_write_text(writer, text_of(grant_type));
    json_end_array(writer);
}

static bool takes_certificates(const struct world *world)
{
    for (size_t i = 0; i < world->client_count; i++)
        if ((world->clients[i].document->client.methods & CLIENT_TLS) != 0)
            return true;
    return false;
}

static bool takes_id_jag(const struct world *world)
{
    for (size_t i = 0; i < world->issuer_count; i++) {
        const struct issuer_document *issuer = &world->issuers_by_identifier[i]->document->issuer;
        if (issuer->is_enabled && text_list_has(&issuer->token_types, TEXT("id-jag")))
            return true;
    }
    return false;
}

/* draft-ietf-oauth-identity-assertion-authz-grant; whose are taken is nobody's business. */
static void write_grant_profiles(struct json_writer *writer, const struct world *world)
{
    static const char *const profiles[] = {"urn:ietf:params:oauth:grant-profile:id-jag", NULL};
    if (takes_id_jag(world))
        write_list(writer, "authorization_grant_profiles_supported", profiles);
}

static void write_methods(struct json_writer *writer, const char *name, const struct world *world,
                          bool may_be_public)
{
    const char *methods[6] = {"client_secret_basic", "client_secret_post", "private_key_jwt"};
    size_t count = 3;
    if (takes_certificates(world))
        methods[count++] = "tls_client_auth";
    if (may_be_public)
        methods[count++] = "none";
    write_list(writer, name, methods);
}

static void write_metadata(struct json_writer *writer, const struct world *world)
{
    static const char *const signing[] = {"RS256", "RS384", "RS512", "PS256",   "PS384", "PS512",
                                          "ES256", "ES384", "ES512", "Ed25519", "EdDSA", NULL};
    static const char *const public_subjects[] = {"public", NULL};
    static const char *const prefixes[] = {"token_endpoint", "introspection_endpoint", "revocation_endpoint"};
    SCOPED_ARENA arena = arena_create();
    json_member_text(writer, "issuer", world->issuer);
    write_endpoint(writer, "token_endpoint", world, "/token");
    write_endpoint(writer, "introspection_endpoint", world, "/introspect");
    write_endpoint(writer, "revocation_endpoint", world, "/revoke");
    /* Whoever found this by our identifier finds the keys there too; clouds reach nothing else of us. */
    json_member_text(writer, "jwks_uri", arena_print(arena, "%.*s/jwks", TEXT_ARGUMENTS(world->issuer)));
    write_grants(writer, world);
    write_grant_profiles(writer, world);
    write_authorization(writer, world);
    if (takes_certificates(world)) /* RFC 8705 section 3.3 */
        json_member_boolean(writer, "tls_client_certificate_bound_access_tokens", true);
    write_list(writer, "subject_types_supported", public_subjects);
    write_texts(writer, "id_token_signing_alg_values_supported", &world->gateway->signing_algorithms);
    if (world->details_types.count != 0)
        write_texts(writer, "authorization_details_types_supported",
                    &world->details_types); /* RFC 9396 section 10 */
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        bool may_be_public = i == 0 && world_has_browser_clients(world); /* for what they redeem alone */
        write_methods(writer, arena_print(arena, "%s_auth_methods_supported", prefixes[i]).base, world,
                      may_be_public);
        write_list(writer, arena_print(arena, "%s_auth_signing_alg_values_supported", prefixes[i]).base,
                   signing);
    }
}

static void write_authzen_metadata(struct json_writer *writer, const struct world *world)
{
    json_member_text(writer, "policy_decision_point", world->service_url);
    write_endpoint(writer, "access_evaluation_endpoint", world, "/access/v1/evaluation");
}

/* For an issuer with a path the well-known part is inserted before it: RFC 8414 section 3.1. Who knows us by
 * where we are reached asks there, and finds the issuer's name. */
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
    if (suffix.length != 0 && !text_ends_with(world->issuer, suffix) &&
        !text_ends_with(world->service_url, suffix)) {
        endpoint_answer_fault(request, FAULT_REQUEST_PATH, NULL);
    } else {
        json_begin_object(&writer);
        write(&writer, world);
        json_end_object(&writer);
        endpoint_answer_open(request, "application/json", "public, max-age=300", buffer_text(&body));
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

/* Whose name is wrong or switched off is said to nobody. */
void resource_metadata_endpoint(struct gateway *gateway, struct request *request)
{
    struct world *world = world_keeper_take(gateway->worlds);
    struct text path = request_path(request), prefix = TEXT("/.well-known/oauth-protected-resource");
    struct text suffix = {path.base + prefix.length, path.length - prefix.length};
    const struct target *server = mcp_resource_named(world, suffix);
    if (server == NULL) {
        endpoint_answer_fault(request, FAULT_MCP_SERVER_UNKNOWN, NULL);
    } else {
        SCOPED_BUFFER body = {0};
        struct json_writer writer = json_writer_on(&body);
        json_begin_object(&writer);
        mcp_write_resource_metadata(world, server, &writer);
        json_end_object(&writer);
        endpoint_answer_open(request, "application/json", "public, max-age=300", buffer_text(&body));
    }
    world_release(world);
}
