/* Reads verification keys for people; see public_keys.h. The rules for keys are the jose room's. */
#include "public_keys.h"

#include "input.h"

static enum exit_code refuse(const struct invocation *invocation, const char *path, const char *why,
                             const char *next)
{
    terminal_complain(invocation->terminal, arena_print(invocation->arena, "%s cannot be used as a key", path),
                      text_of(why), text_of(next));
    return EXIT_CODE_REFUSED;
}

/* RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1, RFC 8037 section 2. */
static bool has_private_member(const struct json_value *jwk)
{
    static const char *const names[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (json_member(jwk, text_of(names[i])) != NULL)
            return true;
    return false;
}

static enum exit_code check_public(const struct invocation *invocation, const char *path,
                                   const struct json_value *value)
{
    const struct json_value *list = json_member(value, TEXT("keys"));
    bool is_private = has_private_member(value);
    for (const struct json_value *jwk = list != NULL ? list->first : NULL; jwk != NULL; jwk = jwk->next)
        is_private = is_private || has_private_member(jwk);
    if (!is_private)
        return EXIT_CODE_FINE;
    return refuse(
        invocation, path, "there is a private or symmetric key in it, and verifying needs only the public half",
        "make a copy without d, p, q, dp, dq, qi and k, and keep this file where nobody else can read it");
}

enum exit_code public_keys_read(const struct invocation *invocation, enum algorithm algorithm,
                                struct public_keys *keys)
{
    const char *path = invocation_option(invocation, "jwk");
    bool is_set = path == NULL;
    const struct json_value *value = NULL;
    struct text content;
    enum exit_code code;
    if (is_set)
        path = invocation_option(invocation, "jwks");
    code = input_read(invocation, path, INPUT_DOCUMENT_MAX, &content);
    if (code != EXIT_CODE_FINE)
        return code;
    if (json_parse(invocation->arena, content, &json_limits_document, &value) != FAULT_NONE ||
        value->kind != JSON_OBJECT)
        return refuse(invocation, path, "it is not a JSON object", NULL);
    code = check_public(invocation, path, value);
    if (code != EXIT_CODE_FINE)
        return code;
    if (!is_set && json_member(value, TEXT("keys")) != NULL)
        return refuse(invocation, path, "it is a set of keys", "name it with --jwks instead of --jwk");
    enum fault fault =
        is_set ? key_set_from_value(value, algorithm, &keys->set) : jwk_read(value, algorithm, &keys->one);
    if (fault != FAULT_NONE)
        return refuse(
            invocation, path, fault_row(fault)->sentence,
            "a JWK needs kty and its public members; alg, use and key_ops must fit verifying with it");
    return EXIT_CODE_FINE;
}

const struct public_key *public_keys_find(const struct public_keys *keys, const struct jws *jws,
                                          enum algorithm algorithm)
{
    return keys->set != NULL ? key_set_find(keys->set, jws->key_id, algorithm) : &keys->one;
}

void public_keys_dispose(struct public_keys *keys)
{
    if (keys->one.key != NULL)
        public_key_dispose(&keys->one);
    key_set_release(keys->set);
}
