/* Writes answers. What an adapter made is looked at first: the gateway would kill the whole program for a
 * widened credential, so it is refused here, and only the one call fails. */
#include "answer.h"

#include <string.h>

#include "adapter_protocol/numbers.h"
#include "base/random.h"
#include "dragoman/adapter_tools.h"

enum { FINGERPRINT_LENGTH = 64 };

void answer_error(struct adapter_program *program, int64_t id, enum protocol_code code, const char *said)
{
    SCOPED_BUFFER out = {0};
    struct json_writer writer = message_begin(&out, id, NULL);
    json_name(&writer, TEXT("error"));
    json_begin_object(&writer);
    json_member_integer(&writer, "code", code);
    json_member_text(&writer, "message", text_of(said));
    json_end_object(&writer);
    json_end_object(&writer);
    channel_write(&program->channel, buffer_text(&out));
}

static enum protocol_code code_of(enum adapter_outcome outcome)
{
    switch (outcome) {
    case ADAPTER_REFUSED:
        return PROTOCOL_REFUSED;
    case ADAPTER_UNAVAILABLE:
        return PROTOCOL_UNAVAILABLE;
    case ADAPTER_MISCONFIGURED:
        return PROTOCOL_MISCONFIGURED;
    case ADAPTER_INTERACTION:
        return PROTOCOL_INTERACTION_REQUIRED;
    case ADAPTER_CANCELLED:
        return PROTOCOL_CANCELLED;
    default: /* a conflict of state that the adapter did not settle is its own failure */
        return PROTOCOL_FAILED;
    }
}

static struct text said_of(const struct adapter_call *call, enum adapter_outcome outcome)
{
    static const char *const sentences[] = {[ADAPTER_REFUSED] = "refused",
                                            [ADAPTER_UNAVAILABLE] = "unavailable",
                                            [ADAPTER_MISCONFIGURED] = "misconfigured",
                                            [ADAPTER_CANCELLED] = "cancelled",
                                            [ADAPTER_FAILED] = "failed",
                                            [ADAPTER_INTERACTION] = "no account is connected",
                                            [ADAPTER_CONFLICT] = "the state was changed by somebody else",
                                            [ADAPTER_CLAIMED] = "the state is claimed by somebody else"};
    return call->said.length != 0 && outcome != ADAPTER_CANCELLED ? call->said : text_of(sentences[outcome]);
}

void answer_outcome(struct adapter_call *call, enum adapter_outcome outcome)
{
    SCOPED_BUFFER out = {0};
    struct json_writer writer = message_begin(&out, call->message.id, NULL);
    json_name(&writer, TEXT("error"));
    json_begin_object(&writer);
    json_member_integer(&writer, "code", code_of(outcome));
    json_member_text(&writer, "message", said_of(call, outcome));
    json_name(&writer, TEXT("data"));
    json_begin_object(&writer);
    if (outcome == ADAPTER_REFUSED || outcome == ADAPTER_INTERACTION)
        json_member_text_if(&writer, "public", call->shown);
    if (outcome == ADAPTER_REFUSED || outcome == ADAPTER_UNAVAILABLE)
        json_member_text_if(&writer, "about", text_of(call->about));
    if (outcome == ADAPTER_UNAVAILABLE && call->retry_after_s > 0)
        json_member_integer(&writer, "retry_after_s", call->retry_after_s);
    if (outcome == ADAPTER_MISCONFIGURED)
        json_member_text_if(&writer, "path", call->path);
    json_end_object(&writer);
    json_end_object(&writer);
    json_end_object(&writer);
    channel_write(&call->program->channel, buffer_text(&out));
}

void answer_result(struct adapter_program *program, int64_t id, struct text result)
{
    SCOPED_BUFFER out = {0};
    message_begin(&out, id, NULL);
    buffer_append(&out, TEXT(",\"result\":"));
    buffer_append(&out, result);
    buffer_append_byte(&out, '}');
    if (out.length > PROTOCOL_LINE_MAX)
        answer_error(program, id, PROTOCOL_FAILED, "the answer is longer than a line may be");
    else
        channel_write(&program->channel, buffer_text(&out));
}

/* --- mint --- */

static bool is_scope_of(const struct adapter_order *order, struct text scope)
{
    for (size_t i = 0; i < order->scope_count; i++) {
        if (text_equal(order->scopes[i], scope))
            return true;
    }
    return false;
}

static bool is_kind(const struct adapter_definition *definition, struct text type)
{
    for (size_t i = 0; i < definition->kind_count; i++) {
        if (text_is(type, definition->kinds[i].type))
            return true;
    }
    return false;
}

static const char *widening(const struct adapter_call *call, const struct adapter_order *order,
                            const struct adapter_credential *made)
{
    if (made->expires_at_s > order->expires_at_s)
        return "the adapter made a credential that lives longer than was decided";
    if (order->type.base != NULL ? !text_equal(made->type, order->type)
                                 : !is_kind(call->program->definition, made->type))
        return "the adapter made a credential of another type";
    for (size_t i = 0; i < made->scope_count; i++) {
        if (!is_scope_of(order, made->scopes[i]))
            return "the adapter made a credential with a scope that was not decided";
    }
    return NULL;
}

static bool is_hexadecimal(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text_hexadecimal_value(text.base[i]) < 0)
            return false;
    }
    return true;
}

static const char *misshape(const struct adapter_credential *made)
{
    if (made->credential.length == 0 || made->credential.length > PROTOCOL_CREDENTIAL_MAX)
        return "the adapter made a credential that is empty or longer than 64 KiB";
    if (made->handle.length > PROTOCOL_HANDLE_MAX)
        return "the adapter made a handle that is longer than 4 KiB";
    if (made->fingerprint.base != NULL &&
        (made->fingerprint.length != FINGERPRINT_LENGTH || !is_hexadecimal(made->fingerprint)))
        return "the adapter made a fingerprint that is not 64 hexadecimal digits";
    if (made->account.base != NULL &&
        (made->account.length == 0 || made->account.length > PROTOCOL_ACCOUNT_MAX ||
         !text_is_printable(made->account)))
        return "the adapter made a credential for an account that is not 1 to 256 bytes of printable text";
    return NULL;
}

/* What is shared lives on with other leases; what is not ends with this one, so nothing is said of either. */
static const char *missharing(const struct adapter_call *call, const struct adapter_credential *made)
{
    bool says = made->lives_until_s != 0 || made->made_for.base != NULL;
    if (says && !call->program->definition->is_shared)
        return "the adapter made a credential that is shared, and says that it shares none";
    if (made->lives_until_s != 0 &&
        (made->lives_until_s < made->expires_at_s || made->lives_until_s > PROTOCOL_TIME_MAX_S))
        return "the adapter made a credential that lives on until before it ends";
    if (made->made_for.base != NULL && identifier_time_ms(made->made_for.base, made->made_for.length) < 0)
        return "the adapter made a credential for what is no lease";
    return NULL;
}

static const char *misconfirming(const struct adapter_call *call, const struct adapter_order *order,
                                 const struct adapter_credential *made)
{
    if (made->confirmation.base == NULL)
        return NULL;
    if (call->program->definition->confirm == NULL || !order->is_for_call)
        return "the adapter made a confirmation that nobody will ask about";
    if (made->confirmation.length == 0 || made->confirmation.length > PROTOCOL_CONFIRMATION_MAX)
        return "the adapter made a confirmation that is not 1 to 128 bytes";
    return NULL;
}

static void write_presentation(struct json_writer *writer, const struct adapter_credential *made)
{
    if (made->header.base == NULL)
        return;
    json_name(writer, TEXT("presentation"));
    json_begin_object(writer);
    json_member_text(writer, "in", TEXT("header"));
    json_member_text(writer, "name", made->header);
    if (made->scheme.length != 0)
        json_member_text(writer, "scheme", made->scheme);
    json_end_object(writer);
}

bool answer_credential(struct adapter_call *call, const struct adapter_order *order,
                       const struct adapter_credential *made)
{
    const char *wrong = widening(call, order, made);
    if (wrong == NULL)
        wrong = misshape(made);
    if (wrong == NULL)
        wrong = missharing(call, made);
    if (wrong == NULL)
        wrong = misconfirming(call, order, made);
    if (wrong != NULL) {
        call->said = text_of(wrong);
        return false;
    }
    SCOPED_BUFFER out = {0};
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_member_text(&writer, "credential", made->credential);
    json_member_text(&writer, "type", made->type);
    json_member_integer(&writer, "expires_at", made->expires_at_s);
    json_name(&writer, TEXT("scopes"));
    json_begin_array(&writer);
    for (size_t i = 0; i < made->scope_count; i++)
        json_write_text(&writer, made->scopes[i]);
    json_end_array(&writer);
    write_presentation(&writer, made);
    json_member_text_if(&writer, "handle", made->handle);
    json_member_text_if(&writer, "fingerprint", made->fingerprint);
    json_member_text_if(&writer, "account", made->account);
    if (made->lives_until_s != 0)
        json_member_integer(&writer, "lives_until", made->lives_until_s);
    json_member_text_if(&writer, "made_for", made->made_for);
    json_member_text_if(&writer, "confirmation", made->confirmation);
    json_end_object(&writer);
    answer_result(call->program, call->message.id, buffer_text(&out));
    return true;
}

/* --- connect_begin in a browser --- */

bool answer_interaction(struct adapter_call *call, const struct adapter_interaction *interaction)
{
    bool has_page = interaction->go_to.base != NULL;
    if (has_page &&
        (interaction->go_to.length > PROTOCOL_GO_TO_MAX || !adapter_url_is_usable(interaction->go_to))) {
        call->said = TEXT("the adapter sends people to what is no https URL, or to one longer than 8 KiB");
        return false;
    }
    if (interaction->keep.length > PROTOCOL_KEEP_MAX) {
        call->said = TEXT("the adapter has more than 4 KiB kept until connect_finish");
        return false;
    }
    SCOPED_BUFFER out = {0};
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_member_text_if(&writer, "go_to", interaction->go_to);
    if (has_page)
        json_member_text_if(&writer, "keep", interaction->keep);
    json_end_object(&writer);
    answer_result(call->program, call->message.id, buffer_text(&out));
    return true;
}

/* --- initialize --- */

static void write_kinds(struct json_writer *writer, const struct adapter_definition *definition)
{
    json_name(writer, TEXT("credentials"));
    json_begin_array(writer);
    for (size_t i = 0; i < definition->kind_count; i++) {
        json_begin_object(writer);
        json_member_text(writer, "type", text_of(definition->kinds[i].type));
        json_member_text(writer, "token_type", text_of(definition->kinds[i].token_type));
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void write_schema(struct json_writer *writer, struct arena *arena,
                         const struct adapter_definition *definition)
{
    const struct json_value *schema;
    struct text text = definition->settings_schema != NULL ? text_of(definition->settings_schema)
                                                           : TEXT("{\"type\":\"object\"}");
    INVARIANT(json_parse(arena, text, &json_limits_document, &schema) == FAULT_NONE);
    json_name(writer, TEXT("settings_schema"));
    json_write_value(writer, schema);
}

static struct text connects_of(const struct adapter_definition *definition)
{
    if (definition->connect_begin != NULL)
        return TEXT("browser");
    return definition->questions != NULL ? TEXT("secret") : TEXT("none");
}

void answer_manifest(struct adapter_program *program, int64_t id)
{
    const struct adapter_definition *definition = program->definition;
    SCOPED_BUFFER out = {0};
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_member_integer(&writer, "protocol", 1);
    json_name(&writer, TEXT("manifest"));
    json_begin_object(&writer);
    json_member_text(&writer, "name", text_of(definition->name));
    json_member_text(&writer, "version", text_of(definition->version));
    write_kinds(&writer, definition);
    write_schema(&writer, program->arena, definition);
    json_member_boolean(&writer, "outside_effects", definition->has_outside_effects);
    json_member_text(&writer, "network", definition->has_network ? TEXT("any") : TEXT("none"));
    json_member_integer(&writer, "concurrency", definition->concurrency);
    json_member_boolean(&writer, "renews", definition->renew != NULL);
    json_member_boolean(&writer, "shares", definition->is_shared);
    json_member_boolean(&writer, "binds", definition->binds);
    json_member_boolean(&writer, "confirms", definition->confirm != NULL);
    json_member_text(&writer, "connects", connects_of(definition));
    json_end_object(&writer);
    json_end_object(&writer);
    answer_result(program, id, buffer_text(&out));
}
