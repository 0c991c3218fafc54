/* Steps that several grants take. */
#include "grant_steps.h"

struct text said_or_else(struct text said, struct text otherwise)
{
    return said.base != NULL ? said : otherwise;
}

/* --- scopes --- */

/* Whether list, parted by spaces, has this one. */
static bool has_scope(struct text list, struct text scope)
{
    while (list.base != NULL) {
        if (text_equal(text_cut(&list, ' '), scope))
            return true;
    }
    return false;
}

static struct text theirs_of(const struct oauth_settings *settings, struct text scope)
{
    for (size_t i = 0; i < settings->scope_count; i++) {
        if (text_equal(settings->scopes[i].name, scope))
            return settings->scopes[i].value;
    }
    return said_or_else(settings->discover.asks_for, scope);
}

struct text scopes_theirs(const struct oauth_settings *settings, struct arena *arena, const struct text *scopes,
                          size_t count)
{
    struct text joined = TEXT("");
    for (size_t i = 0; i < count; i++)
        joined = scopes_union(arena, joined, theirs_of(settings, scopes[i]));
    return joined;
}

static void add_scope(struct buffer *list, struct text scope)
{
    if (scope.length == 0 || has_scope(buffer_text(list), scope))
        return;
    if (list->length != 0)
        buffer_append_byte(list, ' ');
    buffer_append(list, scope);
}

static struct text list_text(const struct buffer *list)
{
    return list->length != 0 ? buffer_text(list) : TEXT("");
}

struct text scopes_union(struct arena *arena, struct text one, struct text other)
{
    struct buffer list = buffer_in(arena, one.length + other.length + 2);
    buffer_append(&list, one);
    while (other.length != 0)
        add_scope(&list, text_cut(&other, ' '));
    return list_text(&list);
}

/* Those of list that the other has, or those that it has not. */
static struct text scopes_where(struct arena *arena, struct text list, struct text other, bool has)
{
    struct buffer chosen = buffer_in(arena, list.length + 1);
    while (list.length != 0) {
        struct text scope = text_cut(&list, ' ');
        if (has_scope(other, scope) == has)
            add_scope(&chosen, scope);
    }
    return list_text(&chosen);
}

struct text scopes_least(const struct oauth_settings *settings, struct arena *arena, struct text granted)
{
    struct text named = TEXT("");
    for (size_t i = 0; i < settings->scope_count; i++)
        named = scopes_union(arena, named, settings->scopes[i].value);
    struct text least = scopes_where(arena, granted, named, true);
    return least.length != 0 ? least : scopes_where(arena, granted, settings->connect.scopes, false);
}

/* Who somebody is, and that there is a refresh token (OpenID Connect Core sections 3.1.2.1 and 11): many sides
 * repeat them in each answer, whatever was asked for, and neither opens an API to whoever has the token. These
 * two and no others: of connect.scopes some may be rights that were asked for ahead, for other orders. */
struct text scopes_of_rights(struct arena *arena, struct text scopes)
{
    return scopes_where(arena, scopes, TEXT("openid offline_access"), false);
}

bool scopes_have(struct text list, struct text wanted)
{
    while (wanted.length != 0) {
        struct text scope = text_cut(&wanted, ' ');
        if (scope.length != 0 && !has_scope(list, scope))
            return false;
    }
    return true;
}

size_t scopes_ours(const struct oauth_settings *settings, struct text granted, const struct text *scopes,
                   size_t count, struct text *ours)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (scopes_have(granted, theirs_of(settings, scopes[i])))
            ours[found++] = scopes[i];
    }
    return found;
}

/* --- forms --- */

struct form grant_form(const struct grant_run *run, const char *grant_type)
{
    const struct oauth_settings *settings = run->settings;
    struct form form = form_in(adapter_arena(run->call));
    form_add(&form, "grant_type", text_of(grant_type));
    if (run->order != NULL)
        form_add(
            &form, "scope",
            scopes_theirs(settings, adapter_arena(run->call), run->order->scopes, run->order->scope_count));
    form_add(&form, "audience", settings->audience);
    form_add(&form, "resource", settings->resource);
    form_add_pairs(&form, &settings->parameters);
    return form;
}

/* --- assertions --- */

enum adapter_outcome need_private_key(const struct grant_run *run)
{
    if (run->secrets.private_key.base != NULL)
        return ADAPTER_DONE;
    return adapter_misconfigured(run->call, NULL,
                                 "the private key was not handed over, or for another team or another host: "
                                 "dragoman connection add TARGET --name private_key");
}

static enum adapter_outcome sign(const struct grant_run *run, struct text *token)
{
    const struct assertion_settings *settings = &run->settings->assertion;
    struct text claims[2 * SETTINGS_PARAMETERS_MAX];
    ADAPTER_TRY(need_private_key(run));
    for (size_t i = 0; i < settings->claims.count; i++) {
        claims[2 * i] = settings->claims.pairs[i].name;
        claims[2 * i + 1] = settings->claims.pairs[i].value;
    }
    const struct adapter_assertion assertion = {
        .private_key = run->secrets.private_key,
        .algorithm = run->settings->algorithm,
        .key_id = run->settings->key_id,
        .type = settings->type,
        .issuer = said_or_else(settings->issuer, run->settings->client_id),
        .subject = said_or_else(settings->subject, run->order->subject.subject),
        .audience = said_or_else(settings->audience,
                                 said_or_else(run->settings->issuer, run->settings->token_endpoint)),
        .claims = claims,
        .claim_count = settings->claims.count,
        .lives_s = settings->lives_s,
    };
    return adapter_assertion_sign(run->call, &assertion, token);
}

enum adapter_outcome assertion_of(const struct grant_run *run, struct text *assertion)
{
    if (run->settings->assertion.is_signed_here)
        return sign(run, assertion);
    *assertion = run->order->assertion;
    if (assertion->base == NULL)
        return adapter_fail(run->call, "the order came without the assertion that the target hands over");
    return ADAPTER_DONE;
}
