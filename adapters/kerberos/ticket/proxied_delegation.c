/* Each step is a question and its answer. */
#include "proxied_delegation.h"

static bool fail(enum kerberos_step step, bool is_answered, const struct gssproxy_answer *answer,
                 struct kerberos_failure *failure)
{
    *failure = (struct kerberos_failure){.step = step, .is_proxied = true, .is_unanswered = !is_answered};
    if (is_answered) {
        failure->major = answer->major;
        failure->minor = answer->minor;
    }
    return false;
}

bool proxied_log_in(struct gssproxy *proxy, struct arena *arena, struct text principal,
                    struct gssproxy_answer *login, struct kerberos_failure *failure)
{
    bool is_answered = gssproxy_log_in(proxy, arena, principal, login);
    if (!is_answered || GSS_ERROR(login->major))
        return fail(KERBEROS_ACQUIRE, is_answered, login, failure);
    return true;
}

bool proxied_impersonate(struct gssproxy *proxy, struct arena *arena, struct text gateway, struct text subject,
                         struct text *evidence, struct kerberos_failure *failure)
{
    struct gssproxy_answer login, answer;
    if (!proxied_log_in(proxy, arena, gateway, &login, failure))
        return false;
    bool is_answered = gssproxy_impersonate(proxy, arena, login.credential, subject, &answer);
    if (!is_answered || GSS_ERROR(answer.major))
        return fail(KERBEROS_SELF, is_answered, &answer, failure);
    *evidence = answer.credential;
    if (text_equal(answer.name, subject))
        return true;
    fail(KERBEROS_SELF, true, &answer, failure);
    failure->is_other_name = true;
    return false;
}

static struct proxied_context *keep_context(struct gssproxy *proxy, struct text service, struct text context)
{
    struct arena *arena = arena_create();
    struct proxied_context *kept = ARENA_NEW(arena, struct proxied_context);
    *kept = (struct proxied_context){.arena = arena,
                                     .proxy = proxy,
                                     .context = arena_copy(arena, context),
                                     .service = arena_copy(arena, service)};
    return kept;
}

/* What is left of a ticket is said of a context that is open, and that is not while an answer is waited for:
 * then it is what was asked for. */
bool proxied_initiate(struct gssproxy *proxy, const struct gssproxy_initiation *initiation, struct arena *arena,
                      struct delegation_token *token, struct kerberos_failure *failure)
{
    struct gssproxy_answer answer;
    bool is_answered = gssproxy_initiate(proxy, arena, initiation, &answer);
    if (!is_answered || GSS_ERROR(answer.major))
        return fail(KERBEROS_PROXY, is_answered, &answer, failure);
    token->token = answer.token;
    token->rest_s = answer.is_open ? answer.rest_s : initiation->lifetime_s;
    if (initiation->is_mutual)
        token->context.proxied = keep_context(proxy, initiation->service, answer.context);
    return true;
}

bool proxied_confirm(const struct proxied_context *context, struct text answer)
{
    SCOPED_ARENA arena = arena_create();
    struct gssproxy_answer judged;
    const struct gssproxy_initiation turn = {
        .context = context->context, .service = context->service, .answer = answer, .is_mutual = true};
    return answer.base != NULL && gssproxy_initiate(context->proxy, arena, &turn, &judged) &&
           judged.major == GSS_S_COMPLETE && judged.is_open && judged.is_mutual;
}

void proxied_abandon(struct proxied_context *context)
{
    if (context != NULL)
        arena_destroy(context->arena);
}
