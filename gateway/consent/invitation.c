/* The row behind a link for a person: made, found by its ticket, moved to the next step, removed. The ticket is
 * kept nowhere: a copy of the database opens no link. Which step may follow which is the pages' business. */
#include "consent/invitation.h"

#include <string.h>

#include "base/base64url.h"
#include "base/clock.h"
#include "consent/own_state.h"
#include "json/json_writer.h"

enum { TICKET_BYTES = 32 };
_Static_assert(BASE64URL_ENCODED_LENGTH(TICKET_BYTES) + 1 == INVITATION_TICKET_SIZE, "a ticket's length");

static const char owner[] = "~invitation";

static void make_ticket(struct arena *arena, char ticket[INVITATION_TICKET_SIZE])
{
    memcpy(ticket, base64url_random(arena, TICKET_BYTES).base, INVITATION_TICKET_SIZE);
}

/* --- as JSON --- */

static void write_identity(struct json_writer *writer, const char *name,
                           const struct credential_identity *identity)
{
    if (identity->subject.base == NULL)
        return;
    json_name(writer, text_of(name));
    json_begin_object(writer);
    json_member_text(writer, "iss", identity->issuer);
    json_member_text(writer, "sub", identity->subject);
    json_end_object(writer);
}

static struct text encode(struct arena *arena, const struct invitation *invitation)
{
    struct buffer json = buffer_in(arena, 1024);
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_member_integer(&writer, "step", invitation->step);
    json_member_integer(&writer, "expires_at", invitation->expires_at_s);
    json_member_text_if(&writer, "exchange", invitation->exchange);
    json_member_text_if(&writer, "target", invitation->target);
    json_member_text_if(&writer, "client", invitation->client);
    write_identity(&writer, "person", &invitation->person);
    write_identity(&writer, "actor", &invitation->actor);
    json_member_text_if(&writer, "scope", invitation->scope);
    json_member_text_if(&writer, "task", invitation->task);
    json_member_text_if(&writer, "purpose", invitation->purpose);
    json_member_text_if(&writer, "root", invitation->root);
    json_member_text_if(&writer, "consent", invitation->consent);
    json_member_text_if(&writer, "browser_state", invitation->browser_state);
    json_member_text_if(&writer, "keep", invitation->keep);
    json_end_object(&writer);
    return buffer_text(&json);
}

static struct credential_identity read_identity(const struct json_value *row, const char *name)
{
    const struct json_value *identity = json_member(row, text_of(name));
    return (struct credential_identity){json_text_of(identity, "iss"), json_text_of(identity, "sub")};
}

static struct invitation decode(const struct json_value *row)
{
    return (struct invitation){
        .step = (enum invitation_step)json_integer_of(row, "step"),
        .exchange = json_text_of(row, "exchange"),
        .target = json_text_of(row, "target"),
        .client = json_text_of(row, "client"),
        .person = read_identity(row, "person"),
        .actor = read_identity(row, "actor"),
        .scope = json_text_of(row, "scope"),
        .task = json_text_of(row, "task"),
        .purpose = json_text_of(row, "purpose"),
        .root = json_text_of(row, "root"),
        .expires_at_s = json_integer_of(row, "expires_at"),
        .consent = json_text_of(row, "consent"),
        .browser_state = json_text_of(row, "browser_state"),
        .keep = json_text_of(row, "keep"),
    };
}

/* --- changes --- */

static void put(const struct sealer *sealer, struct arena *arena, struct text ticket,
                const struct invitation *invitation, int64_t expected_version, struct store_state *change)
{
    own_state_put(sealer, arena, owner, own_state_key(arena, ticket), encode(arena, invitation), change);
    change->expected_version = expected_version;
    change->expires_at_s = invitation->expires_at_s;
}

void invitation_make(const struct sealer *sealer, struct arena *arena, const struct invitation *invitation,
                     char ticket[INVITATION_TICKET_SIZE], struct store_state *change)
{
    make_ticket(arena, ticket);
    put(sealer, arena, text_of(ticket), invitation, 0, change);
}

void invitation_advance(const struct invitation_reading *reading, struct store_state *change)
{
    put(reading->sealer, reading->arena, reading->ticket, &reading->invitation, reading->version, change);
}

void invitation_remove(const struct invitation_reading *reading, struct store_state *change)
{
    struct text key = own_state_key(reading->arena, reading->ticket);
    own_state_put(reading->sealer, reading->arena, owner, key, TEXT_NONE, change);
    change->expected_version = reading->version;
}

void invitation_move(const struct invitation_reading *reading, char ticket[INVITATION_TICKET_SIZE],
                     struct store_state changes[2])
{
    make_ticket(reading->arena, ticket);
    invitation_remove(reading, &changes[0]);
    put(reading->sealer, reading->arena, text_of(ticket), &reading->invitation, 0, &changes[1]);
}

/* --- reading --- */

static enum fault take(struct invitation_reading *reading)
{
    const struct json_value *row;
    TRY(own_state_read(reading->sealer, &reading->query, &row, &reading->version));
    if (row == NULL)
        return FAULT_DOCUMENT_UNKNOWN;
    reading->invitation = decode(row);
    /* The store drops it some time after that. */
    return reading->invitation.expires_at_s > clock_wall_s() ? FAULT_NONE : FAULT_DOCUMENT_UNKNOWN;
}

static void found(struct store_query *query)
{
    struct invitation_reading *reading = query->context;
    reading->fault = take(reading);
    flow_wait_done(&reading->wait);
}

void invitation_read(struct invitation_reading *reading)
{
    if (reading->ticket.length != INVITATION_TICKET_SIZE - 1) {
        reading->fault = FAULT_DOCUMENT_UNKNOWN;
        flow_wait_done(&reading->wait);
        return;
    }
    own_state_find(reading->store, owner, own_state_key(reading->arena, reading->ticket), reading->arena,
                   &reading->query, found, reading);
}
