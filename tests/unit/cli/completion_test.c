/* Completions and the manual page name every command and option there is; that shells understand them is tried
 * with the shells (tests/image). */
#include "session.h"

#include "base/arena.h"

static void name_every_command_and_option(void **state)
{
    (void)state;
    static const char *const words[][3] = {{"completion", "bash", NULL},
                                           {"completion", "zsh", NULL},
                                           {"completion", "fish", NULL},
                                           {"help", "--man", NULL}};
    struct session session = {0};
    SCOPED_ARENA arena = arena_create();
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        session_run(&session, NULL, words[i]);
        assert_int_equal(session.code, EXIT_CODE_FINE);
        for (const struct command *command = command_table; command->noun != NULL; command++) {
            const struct option *option;
            assert_says(session.out, command->noun);
            if (command->verb != NULL)
                assert_says(session.out, command->verb);
            /* fish writes them without dashes, man with dashes that can be copied: from the first dash on it
             * differs. */
            for (unsigned j = 0; (option = command_option(command, j)) != NULL; j++)
                assert_says(session.out,
                            arena_print(arena, "%.*s", (int)strcspn(option->name, "-"), option->name).base);
        }
    }
    session_end(&session);
}

static void refuse_a_shell_that_is_none(void **state)
{
    (void)state;
    struct session session = {0};
    SESSION_RUN(&session, NULL, "completion", "tcsh");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    assert_says(session.error, "there are no completions for 'tcsh'");
    session_end(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_every_command_and_option),
        cmocka_unit_test(refuse_a_shell_that_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
