/* Seals a record: the canonical bytes, their hash, and the columns by which it is found again. The member order
 * below is part of the format (docs/records.md): a new member goes behind the others, so that old bytes keep
 * their hash. */
#include "ledger/record.h"

#include <string.h>

#include "base/clock.h"

enum { RECORD_BYTES = 1024 }; /* usually, beside the ladder; more is no mistake */

static struct text empty_as_none(struct text text)
{
    return text.length == 0 ? TEXT_NONE : text;
}

static void write_text(struct json_writer *writer, const char *name, struct text value)
{
    json_member_text_if(writer, name, empty_as_none(value));
}

static void write_integer(struct json_writer *writer, const char *name, int64_t value)
{
    if (value != 0)
        json_member_integer(writer, name, value);
}

static bool is_named(const struct record_identity *identity)
{
    return identity->issuer.length != 0 || identity->subject.length != 0;
}

static void write_identity(struct json_writer *writer, const struct record_identity *identity)
{
    json_begin_object(writer);
    write_text(writer, "iss", identity->issuer);
    write_text(writer, "sub", identity->subject);
    json_end_object(writer);
}

static void write_named_identity(struct json_writer *writer, const char *name,
                                 const struct record_identity *identity)
{
    if (!is_named(identity))
        return;
    json_name(writer, text_of(name));
    write_identity(writer, identity);
}

static void write_who(struct json_writer *writer, const struct record *record)
{
    write_text(writer, "team", record->team);
    write_text(writer, "client", record->client);
    write_text(writer, "client_method", record->client_method);
    write_text(writer, "thumbprint", record->thumbprint);
    write_named_identity(writer, "agent", &record->agent);
    write_named_identity(writer, "subject", &record->subject);
    write_text(writer, "subject_token", record->subject_fingerprint);
    write_text(writer, "actor_token", record->actor_fingerprint);
    if (record->chain_length == 0)
        return;
    json_name(writer, TEXT("chain"));
    json_begin_array(writer);
    for (size_t i = 0; i < record->chain_length; i++)
        write_identity(writer, &record->chain[i]);
    json_end_array(writer);
}

static void write_what(struct json_writer *writer, const struct record *record)
{
    write_text(writer, "root", record->root);
    write_text(writer, "task", record->task);
    write_text(writer, "purpose", record->purpose);
    write_text(writer, "parent", record->parent);
    write_text(writer, "from", record->subject_domain);
    write_text(writer, "to", record->target_domain);
    write_text(writer, "target", record->target);
    write_text(writer, "audience", record->audience);
    write_text(writer, "scope_asked", record->scope_asked);
    write_text(writer, "scope_given", record->scope_given);
    write_text(writer, "token_type", record->token_type);
    write_integer(writer, "expires_at", record->expires_at_s);
    write_text(writer, "kid", record->key_id);
    write_integer(writer, "generation", record->generation);
    write_text(writer, "address", record->source_address);
}

/* The last members come as JSON that this program wrote: the closed object is opened again for them. */
static void append_json_member(struct buffer *canonical, const char *name, struct text json)
{
    if (json.length == 0)
        return;
    INVARIANT(json.length >= 2 && strchr("[{\"", json.base[0]) != NULL);
    canonical->length--;
    const struct text parts[] = {TEXT(",\""), text_of(name), TEXT("\":")};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        buffer_append(canonical, parts[i]);
    buffer_append(canonical, json);
    buffer_append_byte(canonical, '}');
}

static void append_stands_on(struct buffer *canonical, const struct record *record)
{
    if (record->stands_on_count == 0)
        return;
    SCOPED_BUFFER array = {0};
    struct json_writer writer = json_writer_on(&array);
    json_begin_array(&writer);
    for (size_t i = 0; i < record->stands_on_count; i++)
        json_write_text(&writer, record->stands_on[i]);
    json_end_array(&writer);
    append_json_member(canonical, "stands_on", buffer_text(&array));
}

static void append_text(struct buffer *canonical, const char *name, struct text text)
{
    SCOPED_BUFFER json = {0};
    struct json_writer writer = json_writer_on(&json);
    if (text.length == 0)
        return;
    json_write_text(&writer, text);
    append_json_member(canonical, name, buffer_text(&json));
}

static void write_canonical(struct buffer *canonical, const struct record *record)
{
    struct json_writer writer = json_writer_on(canonical);
    char at[CLOCK_TEXT_SIZE];
    clock_format(record->at_us, at);
    json_begin_object(&writer);
    write_text(&writer, "id", record->id);
    json_member_text(&writer, "at", text_of(at));
    write_text(&writer, "kind", record->kind);
    write_text(&writer, "outcome", record->outcome);
    if (record->fault != FAULT_NONE)
        write_text(&writer, "reason", text_of(fault_row(record->fault)->reason));
    write_who(&writer, record);
    write_what(&writer, record);
    if (record->ladder != NULL) {
        json_name(&writer, TEXT("ladder"));
        json_write_value(&writer, record->ladder);
    }
    json_end_object(&writer);
    if (record->ladder == NULL)
        append_json_member(canonical, "ladder", record->ladder_json);
    append_json_member(canonical, "change", record->change);
    append_stands_on(canonical, record);
    append_text(canonical, "policy", record->policy_version);
    append_json_member(canonical, "facts", record->facts);
    append_json_member(canonical, "authorization_details", record->authorization_details);
    append_json_member(canonical, "call", record->call);
    append_text(canonical, "target_team", record->target_team);
    append_text(canonical, "account", record->account);
    append_json_member(canonical, "handed_over", record->handed_over);
}

/* "iss sub", as an index column; neither has a space in it that could make two identities one, as the canonical
 * bytes and not this column are what is read back. */
static struct text identity_column(struct arena *arena, const struct record_identity *identity)
{
    if (!is_named(identity))
        return TEXT_NONE;
    const struct text parts[] = {identity->issuer, TEXT(" "), identity->subject};
    return arena_join(arena, parts, 3);
}

struct store_record record_seal(struct arena *arena, const struct record *record)
{
    struct buffer canonical = buffer_in(arena, RECORD_BYTES + record->ladder_json.length);
    write_canonical(&canonical, record);
    struct store_record sealed = {
        .id = record->id,
        .at_us = record->at_us,
        .kind = record->kind,
        .outcome = record->outcome,
        .reason = record->fault == FAULT_NONE ? TEXT_NONE : text_of(fault_row(record->fault)->reason),
        .root = empty_as_none(record->root),
        .parent = empty_as_none(record->parent),
        .team = empty_as_none(record->team),
        .client = empty_as_none(record->client),
        .actor = identity_column(arena, &record->agent),
        .subject = identity_column(arena, &record->subject),
        .target = empty_as_none(record->target),
        .expires_at_s = record->expires_at_s,
        .canonical = buffer_text(&canonical),
    };
    digest_sha256(sealed.canonical, sealed.hash);
    return sealed;
}
