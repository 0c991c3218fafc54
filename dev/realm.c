/* The issuers the sandbox plays; see realm.h. Their tokens look like those of the real things: an RFC 9068
 * access token for people, a Kubernetes service account token for workloads. */
#include "realm.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/base64url.h"
#include "base/clock.h"
#include "base/random.h"
#include "jose/jwk.h"
#include "jose/jws.h"
#include "json/json_writer.h"

static const struct person {
    const char *name, *email, *full_name, *scope;
} people[] = {
    {"alice", "alice@corp.example", "Alice Ackroyd", "orders:read"},
    {"bob", "bob@corp.example", "Bob Brandt", "orders:read orders:write"},
};

/* The value of a form or query parameter; these names need no decoding. */
static struct text parameter(struct text form, const char *name)
{
    while (form.length != 0) {
        struct text value = text_cut(&form, '&');
        if (text_is(text_cut(&value, '='), name))
            return value;
    }
    return TEXT_NONE;
}

static void write_common(struct json_writer *writer, const struct realm *realm, struct text subject)
{
    char id[IDENTIFIER_SIZE];
    int64_t now_s = clock_wall_s();
    identifier_make(clock_wall_us(), id);
    json_member_text(writer, "iss", realm->issuer);
    json_member_text(writer, "sub", subject);
    json_name(writer, TEXT("aud"));
    json_begin_array(writer);
    json_write_text(writer, realm->gateway);
    json_end_array(writer);
    json_member_integer(writer, "iat", now_s);
    json_member_integer(writer, "nbf", now_s);
    json_member_integer(writer, "exp", now_s + REALM_TOKEN_LIFETIME_S);
    json_member_text(writer, "jti", text_of(id));
}

struct text realm_user_claims(const struct realm *realm, struct arena *arena, struct text form,
                              struct text query)
{
    SCOPED_BUFFER json = {0};
    struct json_writer writer = json_writer_on(&json);
    struct text user = parameter(form, "user");
    (void)query;
    for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
        if (!text_is(user, people[i].name))
            continue;
        json_begin_object(&writer);
        write_common(&writer, realm, user);
        json_member_text(&writer, "client_id", TEXT("portal"));
        json_member_text(&writer, "scope", text_of(people[i].scope));
        json_member_text(&writer, "email", text_of(people[i].email));
        json_member_boolean(&writer, "email_verified", true);
        json_member_text(&writer, "name", text_of(people[i].full_name));
        json_end_object(&writer);
        return arena_copy(arena, buffer_text(&json));
    }
    return TEXT_NONE;
}

static bool is_label(struct text name)
{
    for (size_t i = 0; i < name.length; i++)
        if (!((name.base[i] >= 'a' && name.base[i] <= 'z') || (name.base[i] >= '0' && name.base[i] <= '9') ||
              name.base[i] == '-'))
            return false;
    return name.length != 0 && name.length <= 63;
}

static void write_named(struct json_writer *writer, const char *what, struct text name)
{
    json_name(writer, text_of(what));
    json_begin_object(writer);
    json_member_text(writer, "name", name);
    json_end_object(writer);
}

struct text realm_workload_claims(const struct realm *realm, struct arena *arena, struct text form,
                                  struct text query)
{
    SCOPED_BUFFER json = {0};
    struct json_writer writer = json_writer_on(&json);
    struct text account = parameter(query, "serviceaccount"), namespace = parameter(query, "namespace");
    (void)form;
    if (namespace.base == NULL)
    namespace = TEXT("agents");
    if (!is_label(account) || !is_label(namespace))
        return TEXT_NONE;
    json_begin_object(&writer);
    write_common(&writer, realm,
                 arena_print(arena, "system:serviceaccount:%.*s:%.*s", TEXT_ARGUMENTS(namespace),
                             TEXT_ARGUMENTS(account)));
    json_name(&writer, TEXT("kubernetes.io"));
    json_begin_object(&writer);
    json_member_text(&writer, "namespace", namespace);
    write_named(&writer, "pod", arena_print(arena, "%.*s-7d4b9c6f5-x2x8q", TEXT_ARGUMENTS(account)));
    write_named(&writer, "serviceaccount", account);
    json_end_object(&writer);
    json_end_object(&writer);
    return arena_copy(arena, buffer_text(&json));
}

static struct text write_discovery(const struct realm *realm, struct arena *arena)
{
    SCOPED_BUFFER json = {0};
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_member_text(&writer, "issuer", realm->issuer);
    json_member_text(&writer, "jwks_uri", arena_print(arena, "%.*s/jwks", TEXT_ARGUMENTS(realm->issuer)));
    json_name(&writer, TEXT("response_types_supported"));
    json_begin_array(&writer);
    json_write_text(&writer, TEXT("none"));
    json_end_array(&writer);
    json_name(&writer, TEXT("subject_types_supported"));
    json_begin_array(&writer);
    json_write_text(&writer, TEXT("public"));
    json_end_array(&writer);
    json_name(&writer, TEXT("id_token_signing_alg_values_supported"));
    json_begin_array(&writer);
    json_write_text(&writer, algorithm_name(realm->algorithm));
    json_end_array(&writer);
    json_end_object(&writer);
    return arena_copy(arena, buffer_text(&json));
}

static struct text write_jwks(const struct realm *realm, struct arena *arena)
{
    SCOPED_BUFFER json = {0};
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_name(&writer, TEXT("keys"));
    json_begin_array(&writer);
    jwk_write(&writer, realm->key, realm->key_id, realm->algorithm);
    json_end_array(&writer);
    json_end_object(&writer);
    return arena_copy(arena, buffer_text(&json));
}

bool realm_prepare(struct realm *realm, struct arena *arena, struct text base_url, struct text gateway)
{
    unsigned char bytes[6];
    random_bytes(bytes, sizeof(bytes));
    realm->issuer = arena_print(arena, "%.*s/%s", TEXT_ARGUMENTS(base_url), realm->name);
    realm->gateway = gateway;
    realm->key_id = base64url_encode_text(arena, bytes, sizeof(bytes));
    realm->key = realm->algorithm == ALGORITHM_RS256 ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    if (realm->key == NULL)
        return false;
    realm->discovery = write_discovery(realm, arena);
    realm->jwks = write_jwks(realm, arena);
    return true;
}

void realm_dispose(struct realm *realm)
{
    EVP_PKEY_free(realm->key);
    realm->key = NULL;
}

struct text realm_sign(const struct realm *realm, struct arena *arena, struct text claims)
{
    unsigned char signature[SIGNATURE_SIZE_MAX];
    size_t length = sizeof(signature);
    struct text input = jws_signing_input(arena, realm->algorithm, realm->key_id, text_of(realm->type), claims);
    if (!algorithm_sign(realm->algorithm, realm->key, input, signature, &length))
        return TEXT_NONE;
    return jws_assemble(arena, input, signature, length);
}
