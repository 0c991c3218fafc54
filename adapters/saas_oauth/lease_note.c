/* What revoke needs of a lease. A handle comes back from the gateway's store, so it is sealed, and bound to its
 * lease. */
#include "base/base64url.h"
#include "revocation.h"
#include "json/json_writer.h"

enum { HANDLE_MAX = 4096 };

static const struct json_limits note_limits = {
    .bytes = ADAPTER_STATE_VALUE_MAX, .depth = 4, .members = 16, .takes_nul = true};

#define IN_STATE "state"

static struct text key_of(struct adapter_call *call, struct text lease)
{
    return arena_join(adapter_arena(call), (const struct text[]){TEXT("lease/"), lease}, 2);
}

static struct text write(struct adapter_call *call, const struct lease_note *note)
{
    struct buffer out = buffer_in(adapter_arena(call), 1024);
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_member_text_if(&writer, "connection", note->connection);
    json_member_text_if(&writer, "access_token", note->access_token);
    json_member_text_if(&writer, "origin", note->origin);
    json_member_text_if(&writer, "team", note->team);
    json_end_object(&writer);
    return buffer_text(&out);
}

static enum adapter_outcome read(struct adapter_call *call, struct text written, struct lease_note *note)
{
    const struct json_value *object;
    if (json_parse(adapter_arena(call), written, &note_limits, &object) != FAULT_NONE)
        return adapter_fail(call, "what is kept of the lease is not what was put there");
    note->connection = json_text_of(object, "connection");
    note->access_token = json_text_of(object, "access_token");
    note->origin = json_text_of(object, "origin");
    note->team = json_text_of(object, "team");
    return ADAPTER_DONE;
}

enum adapter_outcome lease_note_put(struct adapter_call *call, struct text lease, const struct lease_note *note,
                                    int64_t until_s)
{
    const struct adapter_state_change change = {
        .value = write(call, note), .expected_version = -1, .expires_at_s = until_s};
    return adapter_state_put(call, key_of(call, lease), &change);
}

enum adapter_outcome lease_note_handle(struct adapter_call *call, struct text lease,
                                       const struct lease_note *note, int64_t until_s, struct text *handle)
{
    struct text sealed = adapter_seal(call, write(call, note), key_of(call, lease));
    *handle = base64url_encode_text(adapter_arena(call), sealed.base, sealed.length);
    if (handle->length <= HANDLE_MAX)
        return ADAPTER_DONE;
    *handle = TEXT(IN_STATE);
    return lease_note_put(call, lease, note, until_s);
}

static enum adapter_outcome find_in_state(struct adapter_call *call, struct text lease, struct lease_note *note,
                                          bool *is_there)
{
    struct adapter_state state;
    ADAPTER_TRY(adapter_state_get(call, key_of(call, lease), &state));
    *is_there = state.value.base != NULL;
    return *is_there ? read(call, state.value, note) : ADAPTER_DONE;
}

enum adapter_outcome lease_note_find(struct adapter_call *call, struct text lease, struct text handle,
                                     struct lease_note *note, bool *is_there)
{
    size_t length;
    struct text plain;
    *note = (struct lease_note){0};
    if (handle.base == NULL || text_is(handle, IN_STATE))
        return find_in_state(call, lease, note, is_there);
    unsigned char *sealed = arena_allocate(adapter_arena(call), BASE64URL_DECODED_LENGTH(handle.length) + 1);
    if (!base64url_decode(handle, sealed, &length))
        return adapter_fail(call, "the handle is none that was made here");
    ADAPTER_TRY(adapter_unseal(call, (struct text){(const char *)sealed, length}, key_of(call, lease), &plain));
    *is_there = true;
    return read(call, plain, note);
}

enum adapter_outcome lease_note_forget(struct adapter_call *call, struct text lease)
{
    const struct adapter_state_change change = {.expected_version = -1};
    return adapter_state_put(call, key_of(call, lease), &change);
}
