/* A target names a service that the realm lets it have, narrows it, and hands over what the rules need. */
#include "target_settings.h"

#include "call_stage.h"

static const char realm_document[] =
    "{'realm':'CORP.EXAMPLE','kdcs':['a'],'principal':'gw/g','services':["
    "{'service':'HTTP/app','teams':['orders'],'outputs':['spnego','ccache'],'maximumLifetime':120},"
    "{'service':'HTTP/all'},{'service':'HTTP/any','teams':['*']},{'service':'HTTP/"
    "files','outputs':['ccache']}],"
    "'subjects':[{'issuer':'https://i','name':'upn','when':{'groups':'staff'}},"
    "{'issuer':'https://j','name':'sub'}]}";

static const struct {
    const char *settings, *team, *handed, *path, *words;
} cases[] = {
    {"{'service':'HTTP/app'}", "orders", "['upn','groups']", NULL, NULL},
    {"{'service':'HTTP/all'}", NULL, "['upn','groups']", NULL, NULL},
    {"{'service':'HTTP/all'}", "orders", "['upn','groups']", "/service", "not for targets of this team"},
    {"{'service':'HTTP/any'}", NULL, "['upn','groups']", NULL, NULL},
    {"{'service':'HTTP/any'}", "orders", "['upn','groups']", NULL, NULL},
    {"{'service':'HTTP/app','outputs':['spnego','ccache'],'format':'krb-cred','lifetime':120,"
     "'tokenBytes':8190}",
     "orders", "['upn','groups']", NULL, NULL},
    /* services */
    {"{}", "orders", "['upn','groups']", "/service", "missing"},
    {"{'service':'HTTP/other'}", "orders", "['upn','groups']", "/service", "CORP.EXAMPLE has no such service"},
    {"{'service':'krbtgt/CORP.EXAMPLE'}", "orders", "['upn','groups']", "/service", "no such service"},
    {"{'service':'http/all'}", "orders", "['upn','groups']", "/service", "no such service"},
    {"{'service':'HTTP/app'}", "billing", "['upn','groups']", "/service", "not for targets of this team"},
    {"{'service':'HTTP/app'}", NULL, "['upn','groups']", "/service", "not for targets of this team"},
    /* narrowing */
    {"{'service':'HTTP/all','outputs':['ccache']}", NULL, "['upn','groups']", "/outputs", "lets spnego alone"},
    {"{'service':'HTTP/files'}", NULL, "['upn','groups']", "/outputs", "lets ccache alone"},
    {"{'service':'HTTP/files','outputs':['ccache']}", NULL, "['upn','groups']", NULL, NULL},
    {"{'service':'HTTP/all','outputs':[]}", NULL, "['upn','groups']", "/outputs", "1 to 2"},
    {"{'service':'HTTP/all','outputs':['krbtgt']}", NULL, "['upn','groups']", "/outputs/0", "spnego or ccache"},
    {"{'service':'HTTP/app','lifetime':121}", "orders", "['upn','groups']", "/lifetime", "60 to 120"},
    {"{'service':'HTTP/all','lifetime':601}", NULL, "['upn','groups']", "/lifetime", "60 to 600"},
    {"{'service':'HTTP/all','lifetime':59}", NULL, "['upn','groups']", "/lifetime", "60 to 600"},
    {"{'service':'HTTP/all','format':'keytab'}", NULL, "['upn','groups']", "/format", "ccache or krb-cred"},
    {"{'service':'HTTP/all','tokenBytes':65537}", NULL, "['upn','groups']", "/tokenBytes", "1024 to 65536"},
    {"{'service':'HTTP/all','tokenBytes':1023}", NULL, "['upn','groups']", "/tokenBytes", "1024 to 65536"},
    {"{'service':'HTTP/all','realm':'OTHER'}", NULL, "['upn','groups']", "/realm", "no such setting"},
    /* what is handed over */
    {"{'service':'HTTP/all'}", NULL, "['groups']", "", "/subjects/0 needs the attribute \"upn\""},
    {"{'service':'HTTP/all'}", NULL, "['upn']", "",
     "attribute \"groups\": name it in the target's spec.handOver.attributes"},
    {"{'service':'HTTP/all'}", NULL, "['upn','Groups']", "", "\"groups\""},
};

static struct adapter_target target_of(struct call_stage *stage, const char *settings, const char *team,
                                       const char *handed)
{
    return (struct adapter_target){.settings = settings != NULL ? call_stage_json(stage, settings) : NULL,
                                   .team = text_of(team),
                                   .handed_attributes = handed != NULL ? call_stage_json(stage, handed) : NULL};
}

static void says_every_mistake_where_it_is(void **state)
{
    (void)state;
    struct call_stage stage;
    struct realm_settings realm;
    struct target_settings read;
    call_stage_begin(&stage);
    call_stage_realm(&stage, realm_document, &realm);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct adapter_mistakes *mistakes = adapter_mistakes_begin(&stage.call);
        struct adapter_target target = target_of(&stage, cases[i].settings, cases[i].team, cases[i].handed);
        target_settings_read(mistakes, stage.arena, &realm, &target, &read);
        call_stage_assert_mistake(&stage, mistakes, cases[i].settings, cases[i].path, cases[i].words);
    }
    realm_settings_close(&realm);
    call_stage_end(&stage);
}

static void reads_what_is_said_and_what_is_not(void **state)
{
    (void)state;
    struct call_stage stage;
    struct realm_settings realm;
    struct target_settings read;
    call_stage_begin(&stage);
    call_stage_realm(&stage, realm_document, &realm);
    struct adapter_target target = target_of(&stage, "{'service':'HTTP/all'}", NULL, "['upn','groups']");
    assert_int_equal(target_settings_of(&stage.call, &realm, &target, &read), ADAPTER_DONE);
    assert_ptr_equal(read.service, &realm.services[1]);
    assert_int_equal(read.outputs, KERBEROS_SPNEGO);
    assert_int_equal(read.format, CCACHE_FILE);
    assert_int_equal(read.lifetime_s, 300);
    assert_int_equal(read.token_bytes_max, 65536);
    target = target_of(&stage, "{'service':'HTTP/app'}", "orders", "['upn','groups']");
    assert_int_equal(target_settings_of(&stage.call, &realm, &target, &read), ADAPTER_DONE);
    assert_int_equal(read.lifetime_s, 120); /* no longer than the realm lets */
    target = target_of(&stage,
                       "{'service':'HTTP/app','outputs':['ccache'],'format':'krb-cred','lifetime':60,"
                       "'tokenBytes':8190}",
                       "orders", "['upn','groups']");
    assert_int_equal(target_settings_of(&stage.call, &realm, &target, &read), ADAPTER_DONE);
    assert_int_equal(read.outputs, KERBEROS_CCACHE);
    assert_int_equal(read.format, CCACHE_KRB_CRED);
    assert_int_equal(read.lifetime_s, 60);
    assert_int_equal(read.token_bytes_max, 8190);
    realm_settings_close(&realm);
    call_stage_end(&stage);
}

static void ends_an_order_with_the_first_mistake(void **state)
{
    (void)state;
    struct call_stage stage;
    struct realm_settings realm;
    struct target_settings read;
    call_stage_begin(&stage);
    call_stage_realm(&stage, realm_document, &realm);
    struct adapter_target target = target_of(&stage, "{'service':'HTTP/other'}", NULL, "['upn','groups']");
    assert_int_equal(target_settings_of(&stage.call, &realm, &target, &read), ADAPTER_MISCONFIGURED);
    assert_true(text_is(stage.call.path, "/service"));
    target = target_of(&stage, NULL, NULL, NULL); /* the target has gone */
    assert_int_equal(target_settings_of(&stage.call, &realm, &target, &read), ADAPTER_MISCONFIGURED);
    assert_true(text_has(stage.call.said, "no settings"));
    target = target_of(&stage, "{'service':'HTTP/all'}", NULL, NULL); /* hands nothing over */
    assert_int_equal(target_settings_of(&stage.call, &realm, &target, &read), ADAPTER_MISCONFIGURED);
    assert_true(text_has(stage.call.said, "spec.handOver.attributes"));
    realm_settings_close(&realm);
    call_stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_every_mistake_where_it_is),
        cmocka_unit_test(reads_what_is_said_and_what_is_not),
        cmocka_unit_test(ends_an_order_with_the_first_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
