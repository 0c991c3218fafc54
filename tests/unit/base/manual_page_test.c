/* What readers typed must be what they see: nothing in a text is taken for a request of the formatter's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/manual_page.h"

static void texts_are_no_requests(void **state)
{
    (void)state;
    SCOPED_BUFFER page = {0};
    manual_page_text(&page, ".so /etc/passwd\n'tis a\\nice --option\n\n\"~^`");
    buffer_append_byte(&page, '\0');
    assert_string_equal(page.base,
                        "\\&.so /etc/passwd\n\\&\\(aqtis a\\enice \\-\\-option\n.PP\n\\(dq\\(ti\\(ha\\(ga\n");
}

static void terms_stand_before_what_they_mean(void **state)
{
    (void)state;
    SCOPED_BUFFER page = {0};
    manual_page_subsection(&page, "dragoman \"get\"");
    manual_page_item(&page, "-f, --file FILE", "first\n\nsecond");
    manual_page_example(&page, "  get -o yaml\n");
    buffer_append_byte(&page, '\0');
    assert_string_equal(
        page.base, ".SS \"dragoman \\(dqget\\(dq\"\n.TP\n\\fB\\-f, \\-\\-file FILE\\fR\nfirst\n.IP\nsecond\n"
                   ".PP\n.EX\n  get \\-o yaml\n.EE\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_no_requests),
        cmocka_unit_test(terms_stand_before_what_they_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
