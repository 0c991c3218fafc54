/* What reaches a terminal: foreign text that cannot steer it, times and tables that people can read. */
#include "session.h"
#include "table.h"

static void assert_text(struct text text, const char *expected)
{
    assert_int_equal(text.length, strlen(expected));
    assert_memory_equal(text.base, expected, text.length);
}

static void escapes_what_could_steer_a_terminal(void **state)
{
    SCOPED_ARENA arena = arena_create();
    (void)state;
    assert_text(terminal_clean(arena, TEXT("plain é 漢")), "plain é 漢");
    assert_text(terminal_clean(arena, TEXT("\033[2Jx")), "\\u001b[2Jx");
    assert_text(terminal_clean(arena, TEXT("a\nb\r\t")), "a\\u000ab\\u000d\\u0009");
    assert_text(terminal_clean(arena, TEXT("\xc2\x9b"
                                           "1m")),
                "\\u009b1m");
    assert_text(terminal_clean(arena, TEXT("\xe2\x80\xae"
                                           "evil")),
                "\\u202eevil");
    assert_text(terminal_clean(arena, TEXT("bad \xff\xc3")), "bad \\xff\\xc3");
}

static void tells_times_in_words(void **state)
{
    SCOPED_ARENA arena = arena_create();
    (void)state;
    assert_text(terminal_duration(arena, 0), "0 s");
    assert_text(terminal_duration(arena, 59), "59 s");
    assert_text(terminal_duration(arena, 252), "4 min 12 s");
    assert_text(terminal_duration(arena, 7200), "2 h");
    assert_text(terminal_duration(arena, 90061), "1 d 1 h");
    assert_text(terminal_distance(arena, 1060, 1000), "in 1 min");
    assert_text(terminal_distance(arena, 1000, 1003), "3 s ago");
    assert_text(terminal_distance(arena, 1000, 1000), "now");
    assert_text(terminal_time(arena, 1000000300, 1000000000), "2001-09-09 01:51:40 UTC (in 5 min)");
    assert_text(terminal_time(arena, 1000000000, 1000000300), "2001-09-09 01:46:40 UTC (5 min ago)");
    assert_text(terminal_time(arena, 1000000000, 1000000000), "2001-09-09 01:46:40 UTC (now)");
    /* What a hostile token may say. */
    assert_int_not_equal(terminal_time(arena, INT64_MAX, INT64_MIN).length, 0);
    assert_int_not_equal(terminal_time(arena, INT64_MIN, INT64_MAX).length, 0);
}

static void print_table(struct session *session, unsigned width, bool is_utf8)
{
    static const char *const headings[] = {"NAME", "ABOUT"};
    SCOPED_ARENA arena = arena_create();
    session_end(session);
    struct terminal terminal = {
        .out = open_memstream(&session->out, &session->out_length), .is_utf8 = is_utf8, .width = width};
    struct table table = table_create(arena, headings, 2);
    table_add(&table, (struct text[]){TEXT("é"), TEXT("https://a.very.long.name.example/indeed")});
    table_add(&table, (struct text[]){TEXT("second"), TEXT_NONE});
    table_print(&table, &terminal);
    fclose(terminal.out);
}

static void aligns_columns_by_characters_not_bytes(void **state)
{
    struct session session = {0};
    (void)state;
    print_table(&session, 0, true);
    assert_string_equal(session.out, "NAME    ABOUT\n"
                                     "é       https://a.very.long.name.example/indeed\n"
                                     "second  -\n");
    session_end(&session);
}

static void cuts_the_widest_column_where_the_terminal_is_narrow(void **state)
{
    struct session session = {0};
    (void)state;
    print_table(&session, 30, true);
    assert_says(session.out, "é       https://a.very.long.n…\n");
    print_table(&session, 30, false);
    assert_says(session.out, "https://a.very.long.n~\n");
    session_end(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_what_could_steer_a_terminal),
        cmocka_unit_test(tells_times_in_words),
        cmocka_unit_test(aligns_columns_by_characters_not_bytes),
        cmocka_unit_test(cuts_the_widest_column_where_the_terminal_is_narrow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
