/* The ticket is kept nowhere, and what is kept opens only with the sealing key: a copy of the database finishes
 * no login. */
#include "login/login_state.h"

#include <string.h>

#include "base/base64url.h"
#include "base/clock.h"
#include "consent/own_state.h"
#include "person_checks.h"
#include "json/json_writer.h"

enum { RANDOM_BYTES = 32 };
_Static_assert(BASE64URL_ENCODED_LENGTH(RANDOM_BYTES) + 1 == LOGIN_STATE_RANDOM_SIZE, "a ticket's length");

static const char owner[] = "~login";

void login_state_begin(struct arena *arena, int64_t now_s, struct login_state *state)
{
    state->state = base64url_random(arena, RANDOM_BYTES);
    state->nonce = base64url_random(arena, RANDOM_BYTES);
    state->verifier = base64url_random(arena, RANDOM_BYTES);
    state->expires_at_s = now_s + LOGIN_STATE_LIFETIME_S;
}

static struct text encode(struct arena *arena, const struct login_state *state)
{
    struct buffer json = buffer_in(arena, 1024);
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_member_text(&writer, "issuer_name", state->issuer_name);
    json_member_text(&writer, "issuer", state->issuer);
    json_member_text(&writer, "state", state->state);
    json_member_text(&writer, "nonce", state->nonce);
    json_member_text(&writer, "verifier", state->verifier);
    json_member_text(&writer, "token_endpoint", state->token_endpoint);
    json_member_boolean(&writer, "names_itself", state->names_itself);
    json_member_text(&writer, "return_path", state->return_path);
    json_member_integer(&writer, "expires_at", state->expires_at_s);
    json_end_object(&writer);
    return buffer_text(&json);
}

static struct login_state decode(const struct json_value *row)
{
    return (struct login_state){
        .issuer_name = json_text_of(row, "issuer_name"),
        .issuer = json_text_of(row, "issuer"),
        .state = json_text_of(row, "state"),
        .nonce = json_text_of(row, "nonce"),
        .verifier = json_text_of(row, "verifier"),
        .token_endpoint = json_text_of(row, "token_endpoint"),
        .names_itself = json_is_true(json_member(row, TEXT("names_itself"))),
        .return_path = json_text_of(row, "return_path"),
        .expires_at_s = json_integer_of(row, "expires_at"),
    };
}

void login_state_make(const struct sealer *sealer, struct arena *arena, const struct login_state *state,
                      char ticket[LOGIN_STATE_RANDOM_SIZE], struct store_state *change)
{
    memcpy(ticket, base64url_random(arena, RANDOM_BYTES).base, LOGIN_STATE_RANDOM_SIZE);
    own_state_put(sealer, arena, owner, own_state_key(arena, text_of(ticket)), encode(arena, state), change);
    change->expires_at_s = state->expires_at_s;
}

static enum fault take(struct login_state_reading *reading)
{
    const struct json_value *row;
    TRY(own_state_read(reading->sealer, &reading->query, &row, &reading->version));
    if (row == NULL)
        return FAULT_LOGIN_STATE;
    reading->state = decode(row);
    /* The store drops it some time after that. */
    return reading->state.expires_at_s > clock_wall_s() ? FAULT_NONE : FAULT_LOGIN_STATE;
}

static void found(struct store_query *query)
{
    struct login_state_reading *reading = query->context;
    reading->fault = take(reading);
    flow_wait_done(&reading->wait);
}

void login_state_read(struct login_state_reading *reading)
{
    if (!person_checks_is_ticket(reading->ticket)) {
        reading->fault = FAULT_LOGIN_STATE;
        flow_wait_done(&reading->wait);
        return;
    }
    own_state_find(reading->store, owner, own_state_key(reading->arena, reading->ticket), reading->arena,
                   &reading->query, found, reading);
}

void login_state_use_up(const struct login_state_reading *reading, struct store_state *change)
{
    struct text key = own_state_key(reading->arena, reading->ticket);
    own_state_put(reading->sealer, reading->arena, owner, key, TEXT_NONE, change);
    change->expected_version = reading->version;
}
