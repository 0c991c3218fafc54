/* Reads a target's settings. Whether its rules can be applied is asked here and not for each subject: a
 * condition on what is not handed over would never hold, and a later, laxer rule would decide in its place. */
#include "target_settings.h"

enum { LIFETIME_LOWEST_S = 60, LIFETIME_S = 300, TOKEN_BYTES_LOWEST = 1024, SERVICE_BYTES_MAX = 317 };

static void read_service(struct adapter_settings *settings, const struct realm_settings *realm,
                         const struct adapter_target *target, struct target_settings *read)
{
    struct text service = adapter_setting_text(settings, "service", ADAPTER_REQUIRED, SERVICE_BYTES_MAX);
    struct text path = adapter_setting_path(settings, TEXT("service"));
    if (service.base == NULL)
        return;
    read->service = realm_service(realm, service);
    if (read->service == NULL)
        adapter_mistake(settings->mistakes, path, "realm %.*s has no such service for targets",
                        TEXT_ARGUMENTS(realm->realm));
    else if (!service_is_let_to(read->service, target->team))
        adapter_mistake(
            settings->mistakes, path,
            "this service is not for targets of this team: spec.settings.services[].teams of the Adapter "
            "names those that may have it");
}

static void read_outputs(struct adapter_settings *settings, struct arena *arena, struct target_settings *read)
{
    unsigned let = read->service != NULL ? read->service->outputs : KERBEROS_SPNEGO | KERBEROS_CCACHE;
    read->outputs = setting_outputs(settings, arena, KERBEROS_SPNEGO);
    if ((read->outputs & ~let) != 0)
        adapter_mistake(settings->mistakes, adapter_setting_path(settings, TEXT("outputs")),
                        "the realm lets %s alone for this service",
                        let == KERBEROS_SPNEGO ? "spnego" : "ccache");
}

static void read_lifetime(struct adapter_settings *settings, struct target_settings *read)
{
    int64_t most = read->service != NULL ? read->service->maximum_lifetime_s : SERVICE_LIFETIME_S;
    read->lifetime_s = adapter_setting_integer(settings, "lifetime", LIFETIME_LOWEST_S, most,
                                               most < LIFETIME_S ? most : LIFETIME_S);
}

/* --- what the rules need to be handed over --- */

static bool is_handed(const struct adapter_target *target, struct text attribute)
{
    const struct json_value *element =
        target->handed_attributes != NULL ? target->handed_attributes->first : NULL;
    while (element != NULL && !text_equal(json_string(element), attribute))
        element = element->next;
    return element != NULL;
}

static void need(struct adapter_mistakes *mistakes, const struct adapter_target *target,
                 const struct subject_rule *rule, struct text attribute)
{
    if (!is_handed(target, attribute))
        adapter_mistake(mistakes, TEXT(""),
                        "the realm's rule %.*s needs the attribute \"%.*s\": name it in the target's "
                        "spec.handOver.attributes",
                        TEXT_ARGUMENTS(rule->path), TEXT_ARGUMENTS(attribute));
}

static void check_attributes(struct adapter_mistakes *mistakes, const struct realm_settings *realm,
                             const struct adapter_target *target)
{
    for (size_t i = 0; i < realm->subjects.count; i++) {
        const struct subject_rule *rule = &realm->subjects.rules[i];
        if (!subject_rule_takes_subject(rule))
            need(mistakes, target, rule, rule->name);
        for (size_t j = 0; j < rule->condition_count; j++)
            need(mistakes, target, rule, rule->conditions[j].attribute);
    }
}

/* --- the whole --- */

void target_settings_read(struct adapter_mistakes *mistakes, struct arena *arena,
                          const struct realm_settings *realm, const struct adapter_target *target,
                          struct target_settings *read)
{
    static const char *const formats[] = {"ccache", "krb-cred", NULL};
    struct adapter_settings settings = adapter_settings_of(mistakes, target->settings);
    *read = (struct target_settings){0};
    if (target->settings == NULL) {
        adapter_mistake(mistakes, TEXT(""), "the target has no settings");
        return;
    }
    read_service(&settings, realm, target, read);
    read_outputs(&settings, arena, read);
    read->format = text_is(adapter_setting_choice(&settings, "format", ADAPTER_OPTIONAL, formats), "krb-cred")
                       ? CCACHE_KRB_CRED
                       : CCACHE_FILE;
    read_lifetime(&settings, read);
    read->token_bytes_max = (size_t)adapter_setting_integer(&settings, "tokenBytes", TOKEN_BYTES_LOWEST,
                                                            TARGET_TOKEN_BYTES_MAX, TARGET_TOKEN_BYTES_MAX);
    check_attributes(mistakes, realm, target);
    adapter_settings_end(&settings);
}

enum adapter_outcome target_settings_of(struct adapter_call *call, const struct realm_settings *realm,
                                        const struct adapter_target *target, struct target_settings *read)
{
    struct adapter_mistakes *mistakes = adapter_mistakes_begin(call);
    target_settings_read(mistakes, adapter_arena(call), realm, target, read);
    return adapter_mistakes_end(call, mistakes);
}
