/* With the adapter's own functions alone. */
#include "directory_stage.h"

#include <string.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "principal_mapping.h"

static const char document[] =
    "{'realm': 'MIT.EXAMPLE', 'kdcs': ['127.0.0.1:88'], 'principal': '%s', 'exchangeTimeout': %s, "
    "'subjects': [{'issuer': 'https://idp.example', 'name': 'sub', 'domains': ['mit.example'], 'directory': "
    "true}], "
    "'services': [{'service': 'HTTP/app.mit.example'}], 'cache': {'evidence': %d}, "
    "'directory': {'url': '%s', 'base': '%s', 'bind': '%s'}}";

void directory_stage_begin(struct directory_stage *stage, const struct directory_options *options)
{
    const char *principal = options->principal != NULL ? options->principal : "gw/gateway.mit.example";
    call_stage_begin(&stage->call);
    stage->call.call.deadline_us = clock_monotonic_us() + 5000000;
    struct text written = arena_print(
        stage->call.arena, document, principal, options->timeout_ms != NULL ? options->timeout_ms : "2000",
        options->evidence_s, options->url, options->base, options->bind != NULL ? options->bind : "anonymous");
    call_stage_realm(&stage->call, written.base, &stage->realm);
    stage->delegation = delegation_open(stage->realm.realm, stage->realm.principal, text_of(options->keytab));
    stage->authorities = options->authorities != NULL ? open(options->authorities, O_RDONLY | O_CLOEXEC) : -1;
    assert_true(options->authorities == NULL || stage->authorities >= 0);
    enum adapter_outcome outcome = directory_open(&stage->call.call, &stage->realm, stage->delegation,
                                                  stage->authorities, &stage->directory);
    if (outcome != ADAPTER_DONE)
        fail_msg("%.*s", TEXT_ARGUMENTS(stage->call.call.said));
}

void directory_stage_end(struct directory_stage *stage)
{
    directory_close(stage->directory);
    delegation_close(stage->delegation);
    realm_settings_close(&stage->realm);
    if (stage->authorities >= 0)
        close(stage->authorities);
    call_stage_end(&stage->call);
}

static enum adapter_outcome ask(struct directory_stage *stage, const char *name, struct text *account)
{
    const struct directory_question question = {.documents = TEXT("one"), .name = text_of(name)};
    *account = TEXT_NONE;
    return directory_find(&stage->call.call, stage->directory, &question, account);
}

const char *directory_stage_find(struct directory_stage *stage, const char *name)
{
    struct text account;
    if (ask(stage, name, &account) != ADAPTER_DONE)
        fail_msg("%s: %.*s", name, TEXT_ARGUMENTS(stage->call.call.said));
    return arena_copy(stage->call.arena, account).base;
}

void directory_stage_assert_end(struct directory_stage *stage, const char *name, enum adapter_outcome expected,
                                const char *words)
{
    struct text account;
    const struct adapter_call *call = &stage->call.call;
    enum adapter_outcome outcome = ask(stage, name, &account);
    if (outcome != expected || !text_has(call->said, words))
        fail_msg("%s: %d %.*s", name, (int)outcome, TEXT_ARGUMENTS(call->said));
    assert_null(account.base);
    if (expected == ADAPTER_REFUSED)
        assert_string_equal(call->about, "subject");
    else
        assert_true(call->about == NULL || strcmp(call->about, "request") == 0);
    if (expected == ADAPTER_REFUSED)
        assert_true(text_is(call->shown, SUBJECT_REFUSED_SHOWN));
}
