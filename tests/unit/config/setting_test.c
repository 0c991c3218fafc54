/* What `dragomand config --explain` prints. */
#include "config/setting.h"

#include "reading.h"

static void every_setting_stands_in_the_table_with_default_range_and_unit(void **state)
{
    (void)state;
    SCOPED_BUFFER out = {0};
    assert_true(setting_explain(NULL, &out));
    buffer_append_byte(&out, '\0');
    const char *row = strstr(out.base, "\nlimits.requestsInFlight ");
    assert_non_null(row);
    assert_non_null(strstr(row, "4096"));
    assert_non_null(strstr(row, "1 to 1000000 requests"));
    assert_non_null(strstr(out.base, "\nsigning.publishBeforeUse "));
    assert_non_null(strstr(out.base, "0s to 30d"));
    assert_non_null(strstr(out.base, "(required)"));
    assert_null(strstr(out.base, "(null)"));
}

static void one_setting_is_explained_however_it_is_named(void **state)
{
    (void)state;
    static const char *const names[] = {"limits.threads", "spec.limits.threads", "Gateway.limits.threads"};
    for (size_t i = 0; i < 3; i++) {
        SCOPED_BUFFER out = {0};
        assert_true(setting_explain(names[i], &out));
        buffer_append_byte(&out, '\0');
        assert_non_null(strstr(out.base, "spec.limits.threads (kind: Gateway)"));
        assert_non_null(strstr(out.base, "unit     threads"));
        assert_non_null(strstr(out.base, "range    0 to 256 threads"));
        assert_non_null(strstr(out.base, "default  0"));
        assert_non_null(strstr(out.base, "variable DRAGOMAN__LIMITS__THREADS\n"));
        assert_non_null(strstr(out.base, "restart  fewer than there are"));
    }
}

static void a_kind_or_a_group_shows_its_members(void **state)
{
    (void)state;
    SCOPED_BUFFER kind = {0}, group = {0};
    assert_true(setting_explain("Target", &kind));
    buffer_append_byte(&kind, '\0');
    assert_non_null(strstr(kind.base, "\ntoken.algorithm "));
    assert_true(setting_explain("limits", &group));
    buffer_append_byte(&group, '\0');
    assert_non_null(strstr(group.base, "\nlimits.threads "));
    assert_null(strstr(group.base, "issuer"));
}

static void an_unknown_name_is_answered_with_the_nearest(void **state)
{
    (void)state;
    static const char *const names[] = {"limits.thread", "limits.threads.more", "Target.nothing", "."};
    for (size_t i = 0; i < 4; i++) {
        SCOPED_BUFFER out = {0};
        assert_false(setting_explain(names[i], &out));
        buffer_append_byte(&out, '\0');
        assert_non_null(strstr(out.base, "there is no setting"));
        if (i == 0)
            assert_non_null(strstr(out.base, "did you mean \"limits.threads\""));
    }
}

static void a_kind_that_is_nearly_right_is_named(void **state)
{
    (void)state;
    SCOPED_BUFFER out = {0};
    assert_false(setting_explain("Targets", &out));
    buffer_append_byte(&out, '\0');
    assert_non_null(strstr(out.base, "did you mean \"Target\""));
}

static void the_manual_page_has_every_setting_with_what_it_may_be(void **state)
{
    (void)state;
    SCOPED_BUFFER page = {0};
    setting_manual_page(&page);
    buffer_append_byte(&page, '\0');
    const char *kind = strstr(page.base, "\n.SH \"KIND: Gateway\"\n");
    const char *threads = strstr(page.base, "\n\\fBspec.limits.threads\\fR\n");
    const char *target = strstr(page.base, "\n.SH \"KIND: Target\"\n");
    assert_true(kind != NULL && threads != NULL && target != NULL && kind < threads && threads < target);
    assert_non_null(strstr(threads, " threads; default: "));
    assert_non_null(strstr(target, "\n\\fBspec.token.algorithm\\fR\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_stands_in_the_table_with_default_range_and_unit),
        cmocka_unit_test(one_setting_is_explained_however_it_is_named),
        cmocka_unit_test(a_kind_or_a_group_shows_its_members),
        cmocka_unit_test(the_manual_page_has_every_setting_with_what_it_may_be),
        cmocka_unit_test(an_unknown_name_is_answered_with_the_nearest),
        cmocka_unit_test(a_kind_that_is_nearly_right_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
