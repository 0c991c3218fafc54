/* Rules within one document. They ask the tree what is written where the struct cannot tell "left out" from
 * "empty". */
#include "document_rules.h"

#include <string.h>

#include "base/buffer.h"
#include "document_policy.h"
#include "document_values.h"
#include "mcp/document_mcp.h"
#include "mcp/document_openapi.h"
#include "mistake.h"
#include "rules/document_clients.h"
#include "rules/document_sealing.h"
#include "rules/document_signing.h"
#include "rules/document_terminators.h"
#include "tree.h"
#include "json/json_writer.h"

static const struct tree_node *written(const struct document *document, const char *path)
{
    const struct tree_node *node = document->tree;
    struct text rest = text_of(path);
    while (node != NULL && rest.length != 0)
        node = tree_member(node, text_cut(&rest, '.'));
    return node;
}

static void add(struct documents *documents, const struct document *document, const char *path,
                const char *sentence)
{
    documents_add_mistake(documents, document, path, text_of(sentence));
}

/* The position of a word among those of its type; the first where there is none, or a bad one. */
static unsigned choice(const struct document *document, const char *path, enum value_type type)
{
    const struct tree_node *node = written(document, path);
    int index = node == NULL ? 0 : value_name_index(type, node->text);
    return index < 0 ? 0 : (unsigned)index;
}

/* Members of a JWK that only the key's owner may have (RFC 7518 sections 6.2.2, 6.3.2, 6.4.1; RFC 8037 section
 * 2). */
static bool is_private_member(struct text name)
{
    static const char *const names[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (text_is(name, names[i]))
            return true;
    return false;
}

/* A private key in a document would stand in the store, in its history and on screens. */
static void check_public_keys(struct documents *documents, const struct document *document, const char *path)
{
    const struct tree_node *keys = tree_member(written(document, path), TEXT("keys"));
    const struct tree_node *key = keys != NULL && keys->kind == TREE_LIST ? keys->first : NULL;
    for (; key != NULL; key = key->next) {
        if (key->kind != TREE_MAP && key->kind != TREE_BROKEN)
            mistake_add(documents, document->source, key->line, key->column,
                        "%s: expected a JWK (a mapping), found %.*s", path,
                        TEXT_ARGUMENTS(mistake_found(documents->arena, key)));
        for (const struct tree_node *member = key->first; member != NULL; member = member->next)
            if (key->kind == TREE_MAP && is_private_member(member->name))
                mistake_add(documents, document->source, member->name_line, member->name_column,
                            "%s: \"%.*s\" makes this a private or secret key; leave only the public key here",
                            path, TEXT_ARGUMENTS(member->name));
    }
}

/* "password = x" or "://user:x@", as libpq reads them. The store looks again with libpq itself; here it is
 * found before anybody is shown the settings. */
static bool holds_password(struct text connection)
{
    struct text word = TEXT("password"), rest = connection;
    for (; rest.length > word.length; rest = (struct text){rest.base + 1, rest.length - 1}) {
        if (!text_starts_with(rest, word))
            continue;
        struct text behind = text_trim((struct text){rest.base + word.length, rest.length - word.length});
        if (text_starts_with(behind, TEXT("=")))
            return true;
    }
    struct text authority = connection, scheme = text_cut(&authority, ':');
    if (!text_starts_with(scheme, TEXT("postgres")) || !text_starts_with(authority, TEXT("//")))
        return false;
    authority = (struct text){authority.base + 2, authority.length - 2};
    struct text user = text_cut(&authority, '@');
    return authority.base != NULL && memchr(user.base, ':', user.length) != NULL;
}

static void check_store(struct documents *documents, struct document *document)
{
    const struct gateway_document *gateway = &document->gateway;
    bool has_postgres = written(document, "spec.store.postgres") != NULL;
    if (has_postgres && gateway->postgres_connection.length == 0)
        add(documents, document, "spec.store.postgres",
            "spec.store.postgres.connection is missing: it says where the server is");
    else if (has_postgres && written(document, "spec.store.sqlite") != NULL)
        add(documents, document, "spec.store", "spec.store: expected one of sqlite and postgres, found both");
    if (holds_password(gateway->postgres_connection))
        add(documents, document, "spec.store.postgres.connection",
            "spec.store.postgres.connection: a password does not belong here; put it in an owner-only file of "
            "its own "
            "and name that with passwordFile");
    if (gateway->postgres_answer_s < gateway->postgres_statement_s)
        add(documents, document, "spec.store.postgres.answerTimeout",
            "spec.store.postgres.answerTimeout: expected at least statementTimeout, found less");
}

static void check_pdp(struct documents *documents, struct document *document)
{
    if (written(document, "spec.pdp") != NULL && document->gateway.pdp.url.length == 0)
        add(documents, document, "spec.pdp", "spec.pdp.url is missing: it says where the decision point is");
    if (document->gateway.pdp.token_file.length != 0 && document->gateway.pdp.basic_file.length != 0)
        add(documents, document, "spec.pdp", "spec.pdp: expected one of tokenFile and basicFile, found both");
}

static void check_tracing(struct documents *documents, struct document *document)
{
    if (written(document, "spec.tracing") != NULL && document->gateway.tracing.url.length == 0)
        add(documents, document, "spec.tracing", "spec.tracing.url is missing: it says where the collector is");
    document->gateway.log_level = written(document, "spec.logging.level") == NULL
                                      ? LOG_INFO
                                      : (enum log_level)choice(document, "spec.logging.level", VALUE_LOG_LEVEL);
}

static bool have_one_in_common(const struct text_list *these, const struct text_list *those)
{
    for (size_t i = 0; i < these->count; i++)
        if (text_list_has(those, these->items[i]))
            return true;
    return false;
}

/* Two kinds of listeners on one address would share its connections, and neither could know whose it gets. */
static void check_listeners(struct documents *documents, const struct document *document)
{
    const struct gateway_document *gateway = &document->gateway;
    const struct {
        const char *path;
        const struct text_list *addresses;
    } doors[] = {{"spec.listen", &gateway->listen},
                 {"spec.plaintextListen", &gateway->plaintext_listen},
                 {"spec.egress.listen", &gateway->egress_listen},
                 {"spec.admin.listen", &gateway->admin_listen},
                 {"spec.monitoring.listen", &gateway->monitoring_listen}};
    for (size_t i = 1; i < sizeof(doors) / sizeof(doors[0]); i++)
        for (size_t k = 0; k < i; k++)
            if (have_one_in_common(doors[i].addresses, doors[k].addresses))
                documents_add_mistake(documents, document, doors[i].path,
                                      arena_print(documents->arena,
                                                  "%s: the address is listened on for something else already",
                                                  doors[i].path));
}

/* An agent holds tokens of the people it acts for: without this any of them would open a session in their
 * place. */
static void check_admin(struct documents *documents, const struct document *document)
{
    if (document->gateway.admin_listen.count != 0 && document->gateway.admin_audiences.count == 0)
        add(documents, document, "spec.admin",
            "spec.admin.audiences is missing: it says what aud a token must name that opens a session; name "
            "what agents "
            "are never given tokens for, such as the command line's client");
}

static void check_gateway(struct documents *documents, struct document *document)
{
    check_store(documents, document);
    document_sealing_check(documents, document);
    document_signing_check(documents, document);
    check_listeners(documents, document);
    document_terminators_check(documents, document);
    check_pdp(documents, document);
    check_admin(documents, document);
    check_tracing(documents, document);
    document->gateway.adapters.is_isolation_waived =
        choice(document, "spec.adapters.isolation", VALUE_ISOLATION) == 1;
    struct text issuer = document->gateway.issuer;
    if (text_ends_with(issuer, TEXT("/")))
        add(documents, document, "spec.issuer",
            "spec.issuer: our own issuer identifier must not end with a slash, since endpoints are written "
            "behind it");
    if (text_ends_with(document->gateway.service_url, TEXT("/")))
        add(documents, document, "spec.serviceUrl",
            "spec.serviceUrl: where clients reach us must not end with a slash, since endpoints are written "
            "behind "
            "it");
}

static void check_login(struct documents *documents, const struct document *document)
{
    const struct login_document *login = &document->issuer.login;
    if (written(document, "spec.login") != NULL && login->client_id.length == 0)
        add(documents, document, "spec.login",
            "spec.login.clientId is missing: it says which client this gateway is there");
    /* Without it there is no ID token to say who logged in (OpenID Connect Core section 3.1.2.1). */
    if (login->scopes.count != 0 && !text_list_has(&login->scopes, TEXT("openid")))
        add(documents, document, "spec.login.scopes", "spec.login.scopes: \"openid\" must be among them");
}

static void check_issuer(struct documents *documents, struct document *document)
{
    struct issuer_document *issuer = &document->issuer;
    const struct tree_node *discovery = written(document, "spec.keys.discovery");
    bool is_off = discovery != NULL && text_is(discovery->text, "false");
    bool has_uri = written(document, "spec.keys.jwksUri") != NULL;
    bool has_keys = written(document, "spec.keys.jwks") != NULL;
    bool discovers = discovery != NULL && !is_off;
    if (has_uri + has_keys + discovers > 1)
        add(documents, document, "spec.keys",
            "spec.keys: expected one of discovery, jwksUri and jwks, found several");
    else if (is_off && !has_uri && !has_keys)
        add(documents, document, "spec.keys.discovery",
            "spec.keys: without discovery the keys must come from jwksUri or jwks");
    issuer->keys_source = has_keys  ? ISSUER_KEYS_INLINE
                          : has_uri ? ISSUER_KEYS_JWKS_URI
                                    : ISSUER_KEYS_DISCOVERY;
    check_public_keys(documents, document, "spec.keys.jwks");
    check_login(documents, document);
    if (text_is(document->name, "self"))
        add(documents, document, "metadata.name",
            "metadata.name: \"self\" stands for the gateway's own tokens; choose another name");
}

static void check_secret(struct documents *documents, const struct document *document, bool needs_secret)
{
    bool has_file = written(document, "spec.authentication.secretFile") != NULL;
    bool has_hash = written(document, "spec.authentication.secretHash") != NULL;
    if (has_file && has_hash)
        add(documents, document, "spec.authentication.secretHash",
            "spec.authentication: expected secretFile or secretHash, found both");
    if (needs_secret && !has_file && !has_hash)
        add(documents, document, "spec.authentication",
            "spec.authentication: client_secret_basic and client_secret_post need secretFile (or secretHash)");
    if (!needs_secret && (has_file || has_hash))
        add(documents, document, has_file ? "spec.authentication.secretFile" : "spec.authentication.secretHash",
            "spec.authentication: a secret is given, but methods names neither client_secret_basic nor "
            "client_secret_post");
}

static void check_client_keys(struct documents *documents, const struct document *document, bool needs_keys)
{
    bool has_uri = written(document, "spec.authentication.jwksUri") != NULL;
    bool has_keys = written(document, "spec.authentication.jwks") != NULL;
    if (has_uri && has_keys)
        add(documents, document, "spec.authentication.jwksUri",
            "spec.authentication: expected jwks or jwksUri, found both");
    if (needs_keys && !has_uri && !has_keys)
        add(documents, document, "spec.authentication",
            "spec.authentication: private_key_jwt needs jwks or jwksUri");
    if (!needs_keys && (has_uri || has_keys))
        add(documents, document, has_keys ? "spec.authentication.jwks" : "spec.authentication.jwksUri",
            "spec.authentication: keys are given, but methods does not name private_key_jwt");
    check_public_keys(documents, document, "spec.authentication.jwks");
}

/* Sessions stand on the client "dragoman-admin": whoever could name a client like that would end all of them by
 * switching it off. And what records say of the admin API nobody else may have said. */
static bool is_admins(struct text client_id)
{
    return text_is(client_id, ADMIN_AUDIENCE) || text_is(client_id, ADMIN_SOCKET_CLIENT);
}

static void check_agent_class(struct documents *documents, const struct document *document)
{
    if (is_admins(document->name))
        add(documents, document, "metadata.name",
            "metadata.name: this name stands for the gateway's admin API; choose another");
}

static void check_client(struct documents *documents, struct document *document)
{
    struct client_document *client = &document->client;
    document_clients_check(documents, document);
    if (client->client_id.length == 0)
        client->client_id = document->name;
    if (is_admins(client->client_id))
        add(documents, document, written(document, "spec.clientId") != NULL ? "spec.clientId" : "metadata.name",
            "spec.clientId: this name stands for the gateway's admin API; choose another");
    if (client->methods == 0)
        return; /* already a mistake */
    check_secret(documents, document, (client->methods & (CLIENT_SECRET_BASIC | CLIENT_SECRET_POST)) != 0);
    check_client_keys(documents, document, (client->methods & CLIENT_PRIVATE_KEY_JWT) != 0);
}

/* A list with mistakes says something that could not be read. */
static bool says_nothing(const struct tree_node *right)
{
    static const char *const names[] = {"targets", "domains", "scopes"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct tree_node *list = tree_member(right, text_of(names[i]));
        if (list != NULL && (list->kind != TREE_LIST || list->count != 0))
            return false;
    }
    return true;
}

static bool is_name_repeated(const struct combination_right *rights, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (text_equal(rights[i].name, rights[index].name))
            return true;
    return false;
}

static void check_combination(struct documents *documents, struct document *document)
{
    struct combination_document *combination = &document->combination;
    const struct combination_right *rights = combination->rights.items;
    combination->holder = (enum combination_holder)choice(document, "spec.holder", VALUE_HOLDER);
    combination->narrows = choice(document, "spec.effect", VALUE_EFFECT) == 1;
    if (combination->rights.count == 0)
        return; /* already a mistake */
    const struct tree_node *node = written(document, "spec.rights")->first;
    for (size_t i = 0; i < combination->rights.count; i++, node = node->next) {
        if (node->kind == TREE_MAP && says_nothing(node))
            mistake_add(documents, document->source, node->line, node->column,
                        "spec.rights: a right says what it is by at least one of targets, domains and scopes");
        const struct tree_node *name = tree_member(node, TEXT("name"));
        if (rights[i].name.length != 0 && is_name_repeated(rights, i))
            mistake_add(documents, document->source, name->line, name->column,
                        "spec.rights.name: \"%.*s\" stands here twice", TEXT_ARGUMENTS(rights[i].name));
    }
}

/* They go to the program in its first line, which its socket has to take at once. */
static void check_adapter_settings(struct documents *documents, struct document *document)
{
    SCOPED_BUFFER written_out = {0};
    if (document->adapter.settings == NULL)
        return;
    struct json_writer writer = json_writer_on(&written_out);
    json_write_value(&writer, document->adapter.settings);
    if (written_out.length > ADAPTER_SETTINGS_BYTES_MAX)
        documents_add_mistake(documents, document, "spec.settings",
                              arena_print(documents->arena,
                                          "spec.settings: expected at most %d bytes as JSON, found %zu",
                                          ADAPTER_SETTINGS_BYTES_MAX, written_out.length));
}

static void check_adapter(struct documents *documents, struct document *document)
{
    struct adapter_document *adapter = &document->adapter;
    adapter->has_network = choice(document, "spec.network", VALUE_NETWORK) == 1;
    adapter->is_isolation_waived = choice(document, "spec.isolation", VALUE_ISOLATION) == 1;
    check_adapter_settings(documents, document);
    if (adapter->has_loopback_listener && !adapter->has_network)
        add(documents, document, "spec.loopbackListener",
            "spec.loopbackListener: it needs network: any, as whoever may not use the network may not accept "
            "either");
    if (adapter->sockets.count != 0 && !adapter->has_network)
        add(documents, document, "spec.sockets",
            "spec.sockets: they need network: any, as somebody is at their other end");
    if ((adapter->interpreter.length == 0) != (adapter->interpreter_sha256.length == 0))
        add(documents, document, "spec.interpreter",
            "spec.interpreter: name and sha256 belong together: what executes a script is pinned as the script "
            "is");
    for (size_t i = 0; adapters_built_in[i] != NULL; i++)
        if (text_is(document->name, adapters_built_in[i]))
            add(documents, document, "metadata.name",
                "metadata.name: an adapter of this name is built in; choose another name");
}

/* What an adapter made is withdrawn by its settings for the target, and a lease does not say for which use it
 * was. */
static void settle_egress_settings(struct documents *documents, struct document *document)
{
    const struct target_document *target = &document->target;
    struct egress_document *egress = &document->target.egress;
    if (egress->upstream.length == 0 || !text_equal(egress->adapter, target->adapter))
        return;
    if (egress->settings == NULL)
        egress->settings = target->settings;
    else if (target->settings == NULL || !json_equal(egress->settings, target->settings))
        add(documents, document, "spec.egress.settings",
            "spec.egress.settings: the adapter is the target's, whose settings hold for calls too; "
            "leave them out here, or make a target of its own for the calls");
}

/* RFC 8707 section 2: clients name the server by the URL at which they reach it, and byte for byte. */
static bool is_endpoint_of(struct text audience, struct text name)
{
    struct text scheme = TEXT("https://"), end = TEXT("/mcp/");
    if (!text_starts_with(audience, scheme) || !text_ends_with(audience, name))
        return false;
    audience.length -= name.length;
    return text_ends_with(audience, end) && audience.length > scheme.length + end.length &&
           memchr(audience.base, '?', audience.length) == NULL;
}

static void check_mcp(struct documents *documents, struct document *document)
{
    struct target_document *target = &document->target;
    target->mcp.is_server = written(document, "spec.mcp") != NULL;
    if (!target->mcp.is_server)
        return;
    if (target->egress.upstream.length == 0)
        add(documents, document, "spec.mcp",
            "spec.mcp: spec.egress.upstream is missing: it is the URL of the MCP server");
    if (target->audiences.count != 0 && !is_endpoint_of(target->audiences.items[0], document->name))
        add(documents, document, "spec.audiences",
            "spec.audiences: the first audience of an MCP server is the URL at which clients reach it: "
            "https://HOST/mcp/NAME with the metadata.name of this document");
    document_mcp_check_scopes(documents, document);
    document_openapi_complete(documents, document);
}

static void check_target(struct documents *documents, struct document *document)
{
    const struct egress_document *egress = &document->target.egress;
    for (size_t i = 0; i < document->target.audiences.count; i++)
        if (text_is(document->target.audiences.items[i], ADMIN_AUDIENCE))
            add(documents, document, "spec.audiences",
                "spec.audiences: \"" ADMIN_AUDIENCE
                "\" stands for the gateway's admin API; choose another name");
    if (written(document, "spec.egress") != NULL && egress->upstream.length == 0)
        add(documents, document, "spec.egress", "spec.egress.upstream is missing: it says where calls go");
    if (egress->upstream.length != 0 && memchr(egress->upstream.base, '?', egress->upstream.length) != NULL)
        add(documents, document, "spec.egress.upstream",
            "spec.egress.upstream: expected a URL without a query, which is the caller's");
    settle_egress_settings(documents, document);
    check_mcp(documents, document);
}

void document_rules_check(struct documents *documents, struct document *document)
{
    switch (document->kind) {
    case DOCUMENT_GATEWAY:
        check_gateway(documents, document);
        break;
    case DOCUMENT_ISSUER:
        check_issuer(documents, document);
        break;
    case DOCUMENT_CLIENT:
        check_client(documents, document);
        break;
    case DOCUMENT_AGENT_CLASS:
        check_agent_class(documents, document);
        break;
    case DOCUMENT_ADAPTER:
        check_adapter(documents, document);
        break;
    case DOCUMENT_TARGET:
        check_target(documents, document);
        break;
    case DOCUMENT_POLICY:
        document_policy_complete(documents, document);
        break;
    case DOCUMENT_COMBINATION:
        check_combination(documents, document);
        break;
    default:
        break;
    }
}
