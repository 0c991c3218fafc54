/* The same steps by a real gssproxy, which has the keytab, against a real KDC and the service that takes the
 * tokens; this process never opens that file. */
#include "private_realm.h"

#include <krb5.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "confirmations.h"
#include "delegation.h"
#include "gssproxy.h"

#define PROGRAM "/usr/sbin/gssproxy"

enum { LIMIT_MS = 10000, STARTS_WITHIN_MS = 10000 };

struct stage {
    struct arena *arena;
    pid_t process;
    int connection;
    struct gssproxy *proxy;
    struct delegation *delegation;
    struct delegation_credential *evidence;
    struct delegation_token token;
    struct kerberos_failure failure;
};

static const char *path(const struct stage *stage, const char *kind)
{
    return arena_print(stage->arena, "%s/proxy-%d.%s", getenv("DRAGOMAN_TEST_KDC"), (int)getpid(), kind).base;
}

/* Of whoever runs the tests, with settings of the service's own. */
static void write_settings(const struct stage *stage, const char *more)
{
    FILE *file = fopen(path(stage, "conf"), "w");
    const char *keytab = realm_path(stage->arena, "gw.keytab");
    assert_non_null(file);
    fprintf(
        file,
        "[gssproxy]\n[service/dragoman]\n  mechs = krb5\n  socket = %s\n  euid = %d\n  cred_usage = both\n"
        "  cred_store = keytab:%s\n  cred_store = client_keytab:%s\n  cred_store = ccache:MEMORY:gateway\n%s",
        path(stage, "sock"), (int)geteuid(), keytab, keytab, more);
    assert_int_equal(fclose(file), 0);
}

static void start(struct stage *stage)
{
    const char *settings = path(stage, "conf"), *other = path(stage, "other");
    stage->process = fork();
    if (stage->process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* also where the test fails before its end */
        execl(PROGRAM, PROGRAM, "-i", "-c", settings, "-s", other, (char *)NULL);
        _exit(127);
    }
    assert_true(stage->process > 0);
}

static void join(struct stage *stage)
{
    const struct timespec moment = {.tv_nsec = 10 * 1000 * 1000};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path(stage, "sock"));
    stage->connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    for (int waited_ms = 0; waited_ms < STARTS_WITHIN_MS; waited_ms += 10) {
        if (connect(stage->connection, (const struct sockaddr *)&address, sizeof(address)) == 0)
            return;
        nanosleep(&moment, NULL);
    }
    fail_msg("gssproxy does not listen");
}

static void note_end(void)
{
}

static void begin(struct stage *stage, const char *more)
{
    realm_begin(NULL);
    if (access(PROGRAM, X_OK) != 0) {
        print_message("no gssproxy: " PROGRAM " is not there\n");
        skip();
    }
    *stage = (struct stage){.arena = arena_create()};
    write_settings(stage, more);
    start(stage);
    join(stage);
    stage->proxy = gssproxy_open(stage->connection, LIMIT_MS, note_end);
    stage->delegation = delegation_open_proxied(TEXT("MIT.EXAMPLE"), TEXT(REALM_GATEWAY), stage->proxy);
}

static void end(struct stage *stage)
{
    static const char *const files[] = {"conf", "sock", "other"};
    delegation_abandon(&stage->token.context);
    delegation_release(stage->evidence);
    delegation_close(stage->delegation);
    gssproxy_close(stage->proxy);
    close(stage->connection);
    assert_int_equal(kill(stage->process, SIGTERM), 0);
    assert_int_equal(waitpid(stage->process, NULL, 0), stage->process);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        unlink(path(stage, files[i]));
    arena_destroy(stage->arena);
}

#define LET "  allow_protocol_transition = true\n  allow_constrained_delegation = true\n"

static bool impersonate(struct stage *stage, const char *account)
{
    delegation_release(stage->evidence);
    stage->evidence = NULL;
    return delegation_impersonate(stage->delegation, text_of(account), &stage->evidence, &stage->failure);
}

static bool initiate(struct stage *stage, const char *service, bool is_mutual, struct text binding)
{
    const struct delegation_request request = {.credential = stage->evidence,
                                               .service = text_of(service),
                                               .lifetime_s = 120,
                                               .channel_binding = binding,
                                               .is_mutual = is_mutual};
    delegation_abandon(&stage->token.context);
    return delegation_initiate(stage->delegation, &request, stage->arena, &stage->token, &stage->failure);
}

static void the_service_takes_the_token_as_the_subjects(void **state)
{
    struct stage stage;
    struct text user;
    (void)state;
    begin(&stage, LET);
    assert_true(delegation_check_login(stage.delegation, stage.arena, &stage.failure));
    assert_true(impersonate(&stage, "alice"));
    assert_ptr_equal(delegation_gss_credential(stage.evidence), GSS_C_NO_CREDENTIAL);
    assert_true(initiate(&stage, REALM_SERVICE, false, TEXT_NONE));
    realm_accept(stage.arena, stage.token.token, &user);
    assert_true(text_is(user, "alice@MIT.EXAMPLE"));
    assert_true(stage.token.rest_s > 110 && stage.token.rest_s <= 120);
    assert_null(stage.token.context.proxied);
    end(&stage);
}

static void a_copy_is_as_good_and_outlives_what_it_was_made_of(void **state)
{
    struct stage stage;
    struct text user;
    struct delegation_credential *copy;
    (void)state;
    begin(&stage, LET);
    assert_false(delegation_keeps_tickets(stage.delegation));
    assert_true(impersonate(&stage, "carol"));
    assert_true(delegation_copy(stage.evidence, &copy, &stage.failure));
    delegation_release(stage.evidence);
    stage.evidence = copy;
    assert_true(initiate(&stage, REALM_SERVICE, false, TEXT_NONE));
    realm_accept(stage.arena, stage.token.token, &user);
    assert_true(text_is(user, "carol@MIT.EXAMPLE"));
    end(&stage);
}

static void the_answer_of_the_service_is_confirmed_and_no_other(void **state)
{
    struct stage stage;
    struct text user;
    char changed[256];
    (void)state;
    begin(&stage, LET);
    assert_true(impersonate(&stage, "bob"));
    assert_true(initiate(&stage, REALM_SERVICE, true, TEXT_NONE));
    struct text other = realm_accept(stage.arena, stage.token.token, &user);
    assert_true(initiate(&stage, REALM_SERVICE, true, TEXT("digest")));
    assert_int_equal(stage.token.rest_s, 120);
    struct text answer = realm_accept(stage.arena, stage.token.token, &user);
    assert_true(text_is(user, "bob@MIT.EXAMPLE"));
    assert_true(answer.length != 0 && answer.length < sizeof(changed));
    memcpy(changed, answer.base, answer.length);
    changed[answer.length - 1] ^= 1;
    struct delegation_context *context = &stage.token.context;
    assert_false(delegation_confirm(context, other)); /* to another token */
    assert_false(delegation_confirm(context, (struct text){changed, answer.length}));
    assert_false(delegation_confirm(context, TEXT("")));
    assert_false(delegation_confirm(context, TEXT_NONE));
    assert_true(delegation_confirm(context, answer));
    end(&stage);
}

static void a_context_is_given_out_again_by_its_name(void **state)
{
    struct stage stage;
    struct text user;
    struct delegation_context context;
    struct confirmations *confirmations = confirmations_open(2, 2);
    (void)state;
    begin(&stage, LET);
    assert_true(impersonate(&stage, "bob"));
    assert_true(initiate(&stage, REALM_SERVICE, true, TEXT_NONE));
    struct text answer = realm_accept(stage.arena, stage.token.token, &user);
    struct text name = confirmations_add(confirmations, stage.arena, TEXT("bob"), &stage.token.context);
    stage.token.context = (struct delegation_context){0};
    assert_true(confirmations_take(confirmations, name, &context));
    assert_true(delegation_confirm(&context, answer));
    delegation_abandon(&context);
    assert_false(confirmations_take(confirmations, name, &context));
    confirmations_close(confirmations);
    end(&stage);
}

static void assert_fails(struct stage *stage, const char *account, const char *service, enum kerberos_step step,
                         OM_uint32 minor)
{
    assert_false(impersonate(stage, account) && initiate(stage, service, false, TEXT_NONE));
    if (stage->failure.step != step || stage->failure.minor != minor || !stage->failure.is_proxied)
        fail_msg("%s at %s: step %d, minor %d", account, service, stage->failure.step,
                 (int)stage->failure.minor);
}

static void what_goes_wrong_says_at_which_step_and_why(void **state)
{
    struct stage stage;
    (void)state;
    begin(&stage, LET);
    assert_fails(&stage, "nobody", REALM_SERVICE, KERBEROS_SELF, (OM_uint32)KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN);
    assert_fails(&stage, "gone", REALM_SERVICE, KERBEROS_SELF, (OM_uint32)KRB5KDC_ERR_CLIENT_REVOKED);
    assert_fails(&stage, "vip", REALM_SERVICE, KERBEROS_PROXY, (OM_uint32)KRB5KDC_ERR_BADOPTION);
    assert_fails(&stage, "bob", "HTTP/other.mit.example", KERBEROS_PROXY, (OM_uint32)KRB5KDC_ERR_BADOPTION);
    assert_true(kerberos_error_hangs_on_service(&stage.failure));
    end(&stage);
}

static void what_it_is_not_let_do_is_the_gateways_fault(void **state)
{
    struct stage stage;
    (void)state;
    begin(&stage, "  allow_constrained_delegation = true\n");
    assert_false(impersonate(&stage, "alice"));
    assert_int_equal(stage.failure.step, KERBEROS_SELF);
    assert_int_equal(kerberos_error_cause(&stage.failure), CAUSE_GATEWAY);
    end(&stage);
    begin(&stage, "  allow_protocol_transition = true\n");
    assert_true(impersonate(&stage, "alice"));
    assert_false(initiate(&stage, REALM_SERVICE, false, TEXT_NONE));
    assert_int_equal(stage.failure.step, KERBEROS_PROXY);
    assert_int_equal(kerberos_error_cause(&stage.failure), CAUSE_GATEWAY);
    end(&stage);
}

static void says_that_nothing_was_answered_where_it_has_gone(void **state)
{
    struct stage stage;
    (void)state;
    begin(&stage, LET);
    assert_int_equal(shutdown(stage.connection, SHUT_RDWR), 0);
    assert_false(impersonate(&stage, "alice"));
    assert_true(stage.failure.is_unanswered);
    assert_int_equal(kerberos_error_cause(&stage.failure), CAUSE_UNREACHABLE);
    end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_service_takes_the_token_as_the_subjects),
        cmocka_unit_test(a_copy_is_as_good_and_outlives_what_it_was_made_of),
        cmocka_unit_test(the_answer_of_the_service_is_confirmed_and_no_other),
        cmocka_unit_test(a_context_is_given_out_again_by_its_name),
        cmocka_unit_test(what_goes_wrong_says_at_which_step_and_why),
        cmocka_unit_test(what_it_is_not_let_do_is_the_gateways_fault),
        cmocka_unit_test(says_that_nothing_was_answered_where_it_has_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
