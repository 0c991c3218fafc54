/* Asks adapters about the settings of targets before anything changes. What is wrong is told at its line in the
 * document; an adapter that cannot be asked is a refusal, for nobody knows then whether the settings are good.
 */
#include "documents/document_change.h"

static void add_question(struct document_change *x, const struct document *document, struct text adapter_name,
                         const struct json_value *settings, const char *field)
{
    const struct adapter *adapter = adapter_registry_find(x->call.gateway->adapters, adapter_name);
    if (adapter == NULL || adapter->validate == NULL)
        return;
    x->questions[x->question_count++] = (struct settings_question){document, adapter, settings, field};
}

void document_validation_list(struct document_change *x)
{
    x->questions = ARENA_ARRAY(x->call.arena, struct settings_question, 2 * x->change_count + 1);
    for (size_t i = 0; i < x->change_count && !x->is_unvalidated; i++) {
        const struct planned_change *change = &x->changes[i];
        const struct document *document = change->document;
        if (document == NULL || document->kind != DOCUMENT_TARGET ||
            text_is(text_of(change->change), "unchanged"))
            continue;
        const struct target_document *target = &document->target;
        add_question(x, document, target->adapter, target->settings, "spec.settings");
        if (target->egress.upstream.length != 0)
            add_question(x, document, target->egress.adapter, target->egress.settings, "spec.egress.settings");
    }
}

void document_validation_start(struct document_change *x)
{
    struct settings_validation *validation = &x->validation;
    if (x->answered == x->question_count) {
        flow_wait_done(&validation->wait);
        return;
    }
    const struct settings_question *question = &x->questions[x->answered];
    validation->arena = x->call.arena;
    validation->target = target_for_adapter(question->document);
    validation->target.settings = question->settings;
    question->adapter->validate(question->adapter, validation);
}

/* What is only being registered answers nothing yet. */
static bool is_new(const struct document_change *x, struct text adapter)
{
    for (size_t i = 0; i < x->change_count; i++)
        if (x->changes[i].kind == DOCUMENT_ADAPTER && x->changes[i].before == NULL &&
            text_equal(x->changes[i].name, adapter))
            return true;
    return false;
}

static enum fault refuse_unasked(struct document_change *x, const struct settings_question *question)
{
    struct admin_call *call = &x->call;
    struct text why = x->validation.detail;
    call->detail = arena_print(
        call->arena,
        "The adapter %.*s could not be asked whether the settings of Target/%.*s are good%s%.*s; nothing was "
        "changed. %s; an operator may apply without validation.",
        TEXT_ARGUMENTS(question->adapter->name), TEXT_ARGUMENTS(question->document->name),
        why.length == 0 ? "" : ": ", TEXT_ARGUMENTS(why),
        is_new(x, question->adapter->name)
            ? "It is registered by the same change: apply its document alone first"
            : "Try again when it runs");
    return x->validation.fault;
}

/* The mistakes of all targets are told at once. */
enum fault document_validation_take(struct document_change *x, bool *is_more)
{
    *is_more = false;
    if (x->answered == x->question_count)
        return x->sent.mistake_count == 0 ? FAULT_NONE : FAULT_DOCUMENT_INVALID;
    const struct settings_question *question = &x->questions[x->answered++];
    if (x->validation.fault != FAULT_NONE)
        return refuse_unasked(x, question);
    for (size_t i = 0; i < x->validation.mistake_count; i++)
        documents_add_settings_mistake(&x->sent, question->document, question->field,
                                       x->validation.mistakes[i].path, x->validation.mistakes[i].sentence);
    x->call.mistakes = x->sent;
    x->validation = (struct settings_validation){0};
    *is_more = true;
    return FAULT_NONE;
}
