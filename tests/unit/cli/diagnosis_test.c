/* What is judged how: facts of a sound gateway, and the same with one fact changed. */
#include "admin_fixture.h"

#include <sys/stat.h>

#include "base/arena.h"
#include "doctor/diagnosis.h"

static const int64_t now_s = 1796000000;

static const char sound[] =
    "{\"version\":\"1.2.3\",\"now_us\":1796000000000000,\"clock_jumps\":0,\"ready\":true,\"draining\":false,"
    "\"reload_refused\":false,\"confined\":{\"wanted\":true,\"system_calls\":true,\"files\":true},\"insecure\":"
    "[],"
    "\"store\":{\"kind\":\"sqlite\",\"answers\":true,\"answer_us\":700,\"kills_age_us\":300000,"
    "\"free_bytes\":5368709120},"
    "\"issuers\":[{\"name\":\"corp\",\"keys_age_s\":62,\"usable\":true,\"problem\":\"\"}],"
    "\"certificate\":{\"expires_at\":1798000000,\"host\":\"gateway.example\",\"names_host\":true},"
    "\"signing_keys\":[{\"algorithm\":\"ES256\",\"kid\":\"k1\",\"signs_since\":1795000000}],"
    "\"limits\":{\"connections\":8192,\"open_files\":20000,\"locked_bytes\":8388608},"
    "\"adapters\":[{\"name\":\"small\",\"state\":\"running\",\"health\":\"good\",\"detail\":\"\"}]}";

static const struct finding *judge(struct arena *arena, struct text facts, struct seen_here here)
{
    const struct json_value *value;
    assert_int_equal(json_parse(arena, facts, &json_limits_document, &value), FAULT_NONE);
    here.version = TEXT("1.2.3");
    here.now_us = now_s * 1000000;
    return diagnosis_make(arena, value, &here);
}

static const struct seen_here on_socket = {.socket = TEXT("/run/admin.sock"), .socket_mode = S_IFSOCK | 0600};

/* The sound facts with the first of these words replaced by the second. */
static struct text changed(struct arena *arena, const char *from, const char *to)
{
    const char *at = strstr(sound, from);
    assert_non_null(at);
    return arena_print(arena, "%.*s%s%s", (int)(at - sound), sound, to, at + strlen(from));
}

static const struct finding *find(const struct finding *findings, const char *check, enum verdict verdict)
{
    for (; findings != NULL; findings = findings->next)
        if (strcmp(findings->check, check) == 0 && findings->verdict == verdict)
            return findings;
    return NULL;
}

static unsigned count(const struct finding *findings)
{
    unsigned number = 0;
    for (; findings != NULL; findings = findings->next)
        number++;
    return number;
}

static void everything_of_a_sound_gateway_is_ok(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct finding *findings = judge(arena, TEXT(sound), on_socket);
    assert_int_equal(count(findings), 15);
    for (const struct finding *finding = findings; finding != NULL; finding = finding->next) {
        assert_int_equal(finding->verdict, VERDICT_OK);
        assert_null(finding->advice.base);
        assert_true(finding->found.length != 0);
    }
}

static void each_fact_that_is_not_well_is_told_with_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *check;
        enum verdict verdict;
        const char *found;
    } rows[] = {
        {"\"1.2.3\"", "\"1.3.0\"", "version", VERDICT_WARN, "the gateway is 1.3.0, this program 1.2.3"},
        {"\"ready\":true", "\"ready\":false", "readiness", VERDICT_FAIL,
         "not ready: load balancers send it nothing"},
        {"\"draining\":false", "\"draining\":true", "readiness", VERDICT_WARN,
         "draining: it takes no new connections"},
        {"\"reload_refused\":false", "\"reload_refused\":true", "documents", VERDICT_FAIL,
         "the files have mistakes: the documents of before are served, and a restart would fail"},
        {"\"answers\":true,\"answer_us\":700", "\"answers\":false,\"answer_us\":5043000", "store", VERDICT_FAIL,
         "sqlite does not answer; 5.0 s was waited for it"},
        {"\"answer_us\":700", "\"answer_us\":100001", "store", VERDICT_WARN, "sqlite answers in 100.0 ms"},
        {"\"kills_age_us\":300000", "\"kills_age_us\":2000001", "kills", VERDICT_WARN,
         "the store has not told of kills for 2.0 s"},
        {"5368709120", "1073741823", "disk", VERDICT_WARN, "1023 MiB are free beside the store"},
        {"5368709120", "104857599", "disk", VERDICT_FAIL, "99 MiB are free beside the store"},
        {"\"insecure\":[]", "\"insecure\":[\"weak-durability\"]", "dangerous settings", VERDICT_WARN,
         "weak-durability: a crash of the database server loses records of what was issued"},
        {"\"system_calls\":true", "\"system_calls\":false", "confinement", VERDICT_WARN,
         "the kernel takes no system calls away from workers"},
        {"\"files\":true", "\"files\":false", "confinement", VERDICT_WARN,
         "the kernel takes no files away from workers"},
        {"1798000000", "1796432000", "certificate", VERDICT_WARN, "expires in 5 d"},
        {"1798000000", "1796000000", "certificate", VERDICT_FAIL, "expired now"},
        {"\"names_host\":true", "\"names_host\":false", "certificate", VERDICT_WARN,
         "does not name gateway.example"},
        {"\"problem\":\"\"", "\"problem\":\"keys: status 500\"", "issuers", VERDICT_WARN,
         "corp: its keys are 1 min 2 s old and could not be fetched again (keys: status 500)"},
        {"\"keys_age_s\":62,\"usable\":true,\"problem\":\"\"",
         "\"usable\":false,\"problem\":\"keys: status 500\"", "issuers", VERDICT_FAIL,
         "corp: there are no keys of it (keys: status 500)"},
        {"\"keys_age_s\":62,\"usable\":true", "\"usable\":false", "issuers", VERDICT_WARN,
         "corp: its keys are not fetched yet"},
        {"\"running\"", "\"paused\"", "adapters", VERDICT_WARN, "small: paused"},
        {"\"running\",\"health\":\"good\",\"detail\":\"\"",
         "\"refused\",\"health\":\"unknown\",\"detail\":\"it is another file\"", "adapters", VERDICT_FAIL,
         "small: refused, it is another file"},
        {"\"good\"", "\"degraded\"", "adapters", VERDICT_WARN, "small: degraded"},
        {"\"kid\":\"k1\",\"signs_since\":1795000000", "\"x\":1", "signing keys", VERDICT_FAIL,
         "no key signs ES256"},
        {"1795000000", "1764000000", "signing keys", VERDICT_WARN,
         "the one for ES256 has signed for 370 d 8 h"},
        {"20000", "8447", "limits", VERDICT_WARN, "8447 open files are too few for 8192 connections"},
        {"8388608", "65535", "limits", VERDICT_WARN,
         "65535 bytes may be locked in memory: secrets may be swapped out"},
        {"1796000000000000", "1795999994000000", "clock", VERDICT_WARN, "it is 6.0 s behind the clock here"},
        {"\"clock_jumps\":0", "\"clock_jumps\":2", "clock", VERDICT_WARN,
         "it moved by more than a second 2 times since the worker started"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        const struct finding *findings = judge(arena, changed(arena, rows[i].from, rows[i].to), on_socket);
        const struct finding *finding = find(findings, rows[i].check, rows[i].verdict);
        assert_non_null(finding);
        assert_string_equal(finding->found.base, rows[i].found);
        assert_true(finding->advice.length != 0);
        assert_non_null(finding->page);
        for (const struct finding *other = findings; other != NULL; other = other->next)
            assert_true(other == finding || other->verdict == VERDICT_OK);
    }
}

static void a_socket_that_others_may_use_is_told(void **state)
{
    (void)state;
    static const struct {
        unsigned mode;
        enum verdict verdict;
    } rows[] = {{0600, VERDICT_OK}, {0660, VERDICT_WARN}, {0640, VERDICT_WARN}, {0666, VERDICT_FAIL}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        struct seen_here here = on_socket;
        here.socket_mode = S_IFSOCK | rows[i].mode;
        assert_non_null(find(judge(arena, TEXT(sound), here), "admin socket", rows[i].verdict));
    }
}

static void what_does_not_apply_is_left_out(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct seen_here elsewhere = {0};
    assert_int_equal(count(judge(arena, TEXT(sound), elsewhere)), 14);
    assert_int_equal(count(judge(arena, changed(arena, ",\"free_bytes\":5368709120", ""), on_socket)), 14);
    assert_int_equal(count(judge(arena, changed(arena, "\"wanted\":true", "\"wanted\":false"), on_socket)), 14);
}

static void the_command_prints_it_and_ends_with_1_where_something_is_wrong(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    SCOPED_ARENA arena = arena_create();
    assert_int_equal(chmod(fixture->path, 0600), 0);
    fixture->answer = changed(arena, "\"version\":\"1.2.3\"", "\"version\":\"" DRAGOMAN_VERSION "\"").base;
    SESSION_RUN(&session, NULL, "doctor");
    assert_says(session.out, "ok    version             " DRAGOMAN_VERSION "\n");
    assert_says(fixture->request, "GET /v1/doctor ");
    fixture->answer = changed(arena, "\"reload_refused\":false", "\"reload_refused\":true").base;
    SESSION_RUN(&session, NULL, "doctor");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.out, "FAIL  documents           the files have mistakes: the documents of before are");
    assert_says(session.out, "docs/operations/monitoring.md#dragomanreloadrefused\n");
    assert_says(session.out, "1 wrong\n");
    SESSION_RUN(&session, NULL, "doctor", "-o", "json");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.out, "\"verdict\": \"FAIL\"");
    session_end(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_of_a_sound_gateway_is_ok),
        cmocka_unit_test(each_fact_that_is_not_well_is_told_with_what_to_do),
        cmocka_unit_test(a_socket_that_others_may_use_is_told),
        cmocka_unit_test(what_does_not_apply_is_left_out),
        cmocka_unit_test_setup_teardown(the_command_prints_it_and_ends_with_1_where_something_is_wrong,
                                        admin_fixture_start, admin_fixture_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
