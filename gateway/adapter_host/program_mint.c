/* An order as the params of mint, and its answer as a minting. What is written and read here is done on the
 * caller's loop; only the check is the adapter's (minting_check.c). */
#include "program_mint.h"

#include <string.h>

#include "base/base64url.h"
#include "base/clock.h"
#include "base/digest.h"

struct mint {
    struct program_call call; /* first */
    const struct credential_order *order;
    struct credential_minting *minting;
};

/* --- the order --- */

/* What orders for it come with, so that an adapter can say at once that it is missing. */
static void write_hand_over(struct json_writer *writer, const struct credential_target *target)
{
    if (target->assertion_audience.base == NULL && !target->is_subject_token_handed_over &&
        target->handed_attribute_count == 0)
        return;
    json_name(writer, TEXT("hands_over"));
    json_begin_object(writer);
    if (target->assertion_audience.base != NULL) {
        json_name(writer, TEXT("assertion"));
        json_begin_object(writer);
        json_member_text(writer, "audience", target->assertion_audience);
        json_member_text(writer, "algorithm", algorithm_name(target->assertion_algorithm));
        json_member_text(writer, "type", target->assertion_type);
        json_end_object(writer);
    }
    if (target->is_subject_token_handed_over)
        json_member_boolean(writer, "subject_token", true);
    if (target->handed_attribute_count != 0) {
        json_name(writer, TEXT("attributes"));
        json_begin_array(writer);
        for (size_t i = 0; i < target->handed_attribute_count; i++)
            json_write_text(writer, target->handed_attributes[i]);
        json_end_array(writer);
    }
    json_end_object(writer);
}

/* To an adapter a target without them is one that has gone, and that has no audience, either: one whose
 * document has none is there, and what is missing is told by the adapter. */
static void write_settings(struct json_writer *writer, const struct credential_target *target)
{
    if (target->settings == NULL && target->audience.length == 0)
        return;
    json_name(writer, TEXT("settings"));
    if (target->settings != NULL) {
        json_write_value(writer, target->settings);
        return;
    }
    json_begin_object(writer);
    json_end_object(writer);
}

void program_write_target(struct json_writer *writer, const struct credential_target *target)
{
    json_name(writer, TEXT("target"));
    json_begin_object(writer);
    json_member_text(writer, "name", target->name);
    json_member_text_if(writer, "domain", target->domain);
    json_member_text_if(writer, "audience", target->audience);
    json_member_text_if(writer, "team", target->team);
    write_settings(writer, target);
    write_hand_over(writer, target);
    if (target->is_connected_by_people)
        json_member_boolean(writer, "connects", true);
    json_end_object(writer);
}

static void write_names(struct json_writer *writer, const struct credential_identity *identity)
{
    json_begin_object(writer);
    json_member_text(writer, "issuer", identity->issuer);
    json_member_text(writer, "subject", identity->subject);
}

void program_write_identity(struct json_writer *writer, const struct credential_identity *identity)
{
    write_names(writer, identity);
    json_end_object(writer);
}

static void write_scopes(struct json_writer *writer, struct text scopes)
{
    json_name(writer, TEXT("scopes"));
    json_begin_array(writer);
    while (scopes.length != 0)
        json_write_text(writer, text_cut(&scopes, ' '));
    json_end_array(writer);
}

static void write_people(struct json_writer *writer, const struct credential_order *order)
{
    json_name(writer, TEXT("subject"));
    write_names(writer, &order->subject);
    if (order->handed_attributes != NULL) {
        json_name(writer, TEXT("attributes"));
        json_write_value(writer, order->handed_attributes);
    }
    json_end_object(writer);
    json_name(writer, TEXT("actors"));
    json_begin_array(writer);
    for (size_t i = 0; i < order->chain_length; i++)
        program_write_identity(writer, &order->chain[i]);
    json_end_array(writer);
    json_member_text(writer, "client", order->client_id);
}

/* Secrets: the params lie in the minting's arena, which is wiped, and what is sent is wiped by connection.c. */
static void write_handed_over(struct json_writer *writer, const struct credential_order *order)
{
    json_member_text_if(writer, "assertion", order->assertion);
    if (order->subject_token.base == NULL)
        return;
    json_name(writer, TEXT("subject_token"));
    json_begin_object(writer);
    json_member_text(writer, "token", order->subject_token);
    json_member_text(writer, "type", order->subject_token_type);
    json_end_object(writer);
}

static void write_channel(struct json_writer *writer, struct arena *arena, const struct credential_order *order)
{
    if (order->channel_binding.length != 0) {
        struct text binding = order->channel_binding;
        json_member_text(writer, "channel_binding", base64url_encode_text(arena, binding.base, binding.length));
    }
    if (order->is_for_call)
        json_member_boolean(writer, "for_call", true);
}

static struct text write_order(struct arena *arena, const struct credential_order *order)
{
    struct buffer params = buffer_in(arena, 1024);
    struct json_writer writer = json_writer_on(&params);
    json_begin_object(&writer);
    json_member_text(&writer, "lease", order->id);
    json_member_text(&writer, "root", order->root);
    json_member_boolean(&writer, "fresh", order->is_fresh);
    json_member_text_if(&writer, "sharing", order->sharing);
    program_write_target(&writer, &order->target);
    write_people(&writer, order);
    if (order->requested_type.length != 0)
        json_member_text(&writer, "type", order->requested_type);
    write_scopes(&writer, order->scope);
    if (order->authorization_details != NULL) {
        json_name(&writer, TEXT("authorization_details"));
        json_write_value(&writer, order->authorization_details);
    }
    json_member_integer(&writer, "issued_at", order->issued_at_s);
    json_member_integer(&writer, "expires_at", order->expires_at_s);
    json_member_text_if(&writer, "task", order->task);
    json_member_text_if(&writer, "purpose", order->purpose);
    write_handed_over(&writer, order);
    json_member_text_if(&writer, "documents", order->documents);
    write_channel(&writer, arena, order);
    json_end_object(&writer);
    return buffer_text(&params);
}

/* --- the answer, on the adapter's loop --- */

static enum judgement judge(const struct program_call *call, const struct json_value *result,
                            const char **mistake)
{
    const struct mint *mint = (const struct mint *)call;
    return minting_check(mint->order, &call->program->manifest, clock_wall_s(), result, mistake);
}

static void write_take_back(const struct program_call *call, const struct json_value *result,
                            struct buffer *params)
{
    const struct mint *mint = (const struct mint *)call;
    struct text handle = json_text_of(result, "handle");
    struct json_writer writer = json_writer_on(params);
    json_begin_object(&writer);
    json_member_text(&writer, "lease", mint->order->id);
    program_write_target(&writer, &mint->order->target);
    json_member_text_if(&writer, "handle", handle);
    json_end_object(&writer);
}

/* --- the answer, on the caller's --- */

struct text program_read_fingerprint(struct arena *arena, const struct json_value *value)
{
    struct text given = json_string(value);
    if (given.length != 2 * DIGEST_SIZE)
        return TEXT_NONE;
    char *copy = arena_allocate(arena, given.length + 1);
    for (size_t i = 0; i < given.length; i++) {
        int digit = text_hexadecimal_value(given.base[i]);
        if (digit < 0)
            return TEXT_NONE;
        copy[i] = "0123456789abcdef"[digit];
    }
    return (struct text){copy, given.length};
}

static struct text fingerprint_of(struct arena *arena, const struct json_value *given, struct text credential)
{
    struct text fingerprint = program_read_fingerprint(arena, given);
    if (fingerprint.length != 0)
        return fingerprint;
    unsigned char digest[DIGEST_SIZE];
    char *hexadecimal = arena_allocate(arena, 2 * DIGEST_SIZE + 1);
    digest_sha256(credential, digest);
    digest_hex(digest, hexadecimal);
    return (struct text){hexadecimal, 2 * DIGEST_SIZE};
}

static void read_type(struct mint *mint, const struct json_value *result)
{
    struct program *program = mint->call.program;
    struct credential_minting *minting = mint->minting;
    struct text type = json_text_of(result, "type");
    if (type.length == 0)
        type = mint->order->requested_type;
    pthread_mutex_lock(&program->mutex);
    const struct manifest_credential *credential =
        type.length == 0 ? &program->manifest.credentials[0] : manifest_find(&program->manifest, type);
    if (credential != NULL)
        type = manifest_text_of(&credential->type);
    minting->issued_type = arena_copy(minting->arena, type);
    minting->token_type = credential != NULL && credential->is_bearer ? TEXT("Bearer") : TEXT("N_A");
    pthread_mutex_unlock(&program->mutex);
}

static struct text copy_lower(struct arena *arena, struct text text)
{
    if (text.length == 0)
        return TEXT_NONE;
    char *copy = arena_allocate(arena, text.length + 1);
    for (size_t i = 0; i < text.length; i++)
        copy[i] = text.base[i] >= 'A' && text.base[i] <= 'Z' ? (char)(text.base[i] + 32) : text.base[i];
    return (struct text){copy, text.length};
}

static struct text copy_if(struct arena *arena, struct text text)
{
    return text.base == NULL ? TEXT_NONE : arena_copy(arena, text);
}

static struct text read_scopes(const struct mint *mint, const struct json_value *scopes)
{
    if (scopes == NULL)
        return mint->order->scope;
    struct buffer joined = buffer_in(mint->minting->arena, mint->order->scope.length + 1);
    for (const struct json_value *scope = scopes->first; scope != NULL; scope = scope->next) {
        if (joined.length != 0)
            buffer_append_byte(&joined, ' ');
        buffer_append(&joined, json_string(scope));
    }
    return joined.length == 0 ? TEXT_NONE : buffer_text(&joined);
}

/* What was made for this lease is nobody else's. */
static struct text read_made_for(const struct mint *mint, const struct json_value *result)
{
    struct text lease = json_text_of(result, "made_for");
    return text_equal(lease, mint->order->id) ? TEXT_NONE : copy_if(mint->minting->arena, lease);
}

static void read_minted(struct mint *mint, const struct json_value *result)
{
    struct credential_minting *minting = mint->minting;
    struct arena *arena = minting->arena;
    const struct json_value *presentation = json_member(result, TEXT("presentation"));
    minting->credential = arena_copy(arena, json_text_of(result, "credential"));
    minting->expires_at_s = json_integer_of(result, "expires_at");
    minting->lives_until_s = json_integer_of(result, "lives_until");
    minting->made_for = read_made_for(mint, result);
    minting->scope = read_scopes(mint, json_member(result, TEXT("scopes")));
    minting->confirmation = copy_if(arena, json_text_of(result, "confirmation"));
    minting->handle = copy_if(arena, json_text_of(result, "handle"));
    minting->account = copy_if(arena, json_text_of(result, "account"));
    minting->presentation.header = copy_lower(arena, json_text_of(presentation, "name"));
    minting->presentation.scheme = copy_if(arena, json_text_of(presentation, "scheme"));
    minting->fingerprint = fingerprint_of(arena, json_member(result, TEXT("fingerprint")), minting->credential);
    read_type(mint, result);
}

static void minted(struct program_call *call)
{
    struct mint *mint = (struct mint *)call;
    struct credential_minting *minting = mint->minting;
    minting->fault = call->fault;
    minting->retry_after_s = call->retry_after_s;
    minting->public_reason = copy_if(minting->arena, call->public_reason);
    minting->detail = copy_if(minting->arena, call->detail);
    if (call->fault == FAULT_NONE)
        read_minted(mint, call->result);
    arena_destroy(call->answer);
    flow_wait_done(&minting->wait);
}

void program_mint(const struct adapter *adapter, const struct credential_order *order,
                  struct credential_minting *minting)
{
    struct mint *mint = ARENA_NEW(minting->arena, struct mint);
    mint->order = order;
    mint->minting = minting;
    mint->call = (struct program_call){.program = adapter->context,
                                       .method = "mint",
                                       .params = write_order(minting->arena, order),
                                       .wanted_type = order->requested_type,
                                       .needs_binding = order->is_binding_asked,
                                       .is_for_one_lease = !adapter->is_shared(adapter),
                                       .judge = judge,
                                       .write_take_back = write_take_back,
                                       .done = minted};
    program_submit(&mint->call);
}
