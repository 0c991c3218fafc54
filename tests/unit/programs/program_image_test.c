/* What does not start: another program than was pinned, one that somebody else could have put there, a document
 * that is none. Every sentence says which file and what is wrong with it. */
#include "program_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "programs/sealed_document.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

static void assert_refused(struct fixture *fixture, const char *why)
{
    assert_int_equal(fixture->starts, 0);
    assert_int_equal(fixture->refusals, 1);
    if (strstr(fixture->refused, why) == NULL)
        fail_msg("expected %s, found %s", why, fixture->refused);
    assert_true(programs_are_none(fixture->programs));
    fixture->refusals = 0;
}

static const char *program(struct fixture *fixture, const char *name)
{
    return fixture_path(fixture, arena_print(fixture->arena, "adapters/%s", name).base);
}

/* A document that pins what is not there. */
static void start_pinned(struct fixture *fixture, const char *name, const char *hash)
{
    fixture_start_document(fixture, "acme",
                           arena_print(fixture->arena,
                                       "{\"kind\":\"Adapter\",\"metadata\":{\"name\":\"acme\"},\"spec\":{"
                                       "\"program\":\"%s\",\"sha256\":\"%s\"}}",
                                       name, hash)
                               .base);
}

static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";

static void starts_no_other_program_than_was_pinned(void **state)
{
    struct fixture *fixture = *state;
    char hash[65], expected[512];
    fixture_hash(program(fixture, "forbidden"), hash);
    start_pinned(fixture, "forbidden", zeros);
    snprintf(expected, sizeof(expected), "sha256 of %s is %s, expected %s", program(fixture, "forbidden"), hash,
             zeros);
    assert_refused(fixture, expected);
    start_pinned(fixture, "missing", zeros);
    assert_refused(fixture, "missing is in none of adapters.directories");
}

static void starts_no_program_that_was_swapped_while_it_ran(void **state)
{
    struct fixture *fixture = *state;
    fixture_run(fixture, "");
    assert_int_equal(unlink(program(fixture, "forbidden")), 0);
    fixture_copy(fixture, "/bin/true", "forbidden");
    fixture_send(fixture, "exit 0");
    fixture_wait_for_ends(fixture, 1);
    for (int i = 0; i < 100 && fixture->refusals == 0; i++)
        fixture_turn(fixture, 10);
    assert_int_equal(fixture->starts, 1);
    assert_non_null(strstr(fixture->refused, "sha256 of "));
    assert_true(programs_are_none(fixture->programs));
}

static void starts_nothing_that_others_could_have_written(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(chmod(program(fixture, "forbidden"), 0775), 0);
    fixture_start(fixture, "forbidden", "");
    assert_refused(fixture, "forbidden has mode 0775; only its owner may be able to write it");
    assert_int_equal(chmod(program(fixture, "forbidden"), 0644), 0);
    fixture_start(fixture, "forbidden", "");
    assert_refused(fixture, "forbidden is not executable");
    assert_int_equal(chmod(program(fixture, "forbidden"), 0755), 0);
    assert_int_equal(chmod(fixture_path(fixture, "adapters"), 0757), 0);
    fixture_start(fixture, "forbidden", "");
    assert_refused(fixture, "adapters has mode 0757");
    assert_int_equal(chmod(fixture_path(fixture, "adapters"), 01777), 0);
    fixture_start(fixture, "forbidden", "");
    assert_refused(fixture, "(it is for everybody: take a folder elsewhere)");
    assert_int_equal(chmod(fixture_path(fixture, "adapters"), 0755), 0);
    assert_int_equal(chmod(fixture->folder, 0777), 0);
    fixture_start(fixture, "forbidden", "");
    assert_refused(fixture, "has mode 0777");
    assert_int_equal(chmod(fixture->folder, 0755), 0);
    if (geteuid() != 0)
        return;
    assert_int_equal(chown(program(fixture, "forbidden"), 4711, 4711), 0);
    fixture_start(fixture, "forbidden", "");
    assert_refused(fixture, "forbidden belongs to user 4711, who is neither root nor the gateway's user");
}

static void follows_no_link_to_a_program(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(symlink("forbidden", program(fixture, "link")), 0);
    fixture_start(fixture, "link", "");
    assert_refused(fixture, "link is a symbolic link");
    assert_int_equal(mkdir(program(fixture, "folder"), 0755), 0);
    start_pinned(fixture, "folder", zeros);
    assert_refused(fixture, "folder is no regular file");
}

static void keeps_programs_apart_from_the_gateways_files(void **state)
{
    struct fixture *fixture = *state;
    static const char *const folders[] = {"state", "state/store", "state/store/below"};
    assert_int_equal(mkdir(fixture_path(fixture, folders[2]), 0755), 0);
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        const char *folder = fixture_path(fixture, folders[i]);
        fixture_settings(fixture, "");
        ((struct document *)fixture->documents.items[0])->gateway.adapters.directories =
            (struct text_list){(struct text[]){text_of(folder)}, 1};
        start_pinned(fixture, "forbidden", zeros);
        assert_refused(fixture, "overlap");
    }
}

static void takes_scripts_through_their_interpreter_alone(void **state)
{
    struct fixture *fixture = *state;
    char hash[65];
    fixture_write(fixture, "adapters/script", "#!/usr/bin/python3\n", 0755);
    fixture_start(fixture, "script", "");
    assert_refused(fixture, "script is a script; its document must name its interpreter");
    fixture_hash("/usr/bin/python3", hash);
    fixture_start(
        fixture, "script",
        arena_print(fixture->arena, ",\"interpreter\":{\"name\":\"python3\",\"sha256\":\"%s\"}", zeros).base);
    assert_refused(fixture, arena_print(fixture->arena, "is %s, expected %s", hash, zeros).base);
    fixture_start(
        fixture, "script",
        arena_print(fixture->arena, ",\"interpreter\":{\"name\":\"bash\",\"sha256\":\"%s\"}", hash).base);
    assert_refused(fixture, "the interpreter bash is none of adapters.interpreters");
}

static void hands_out_no_file_of_the_gateways_own(void **state)
{
    struct fixture *fixture = *state;
    static const char *const files[] = {"state/s.key", "state/k.pem", "state/store/gateway.sqlite",
                                        "state/store/other"};
    fixture_write(fixture, "state/store/other", "x", 0600);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        fixture_start(
            fixture, "forbidden",
            arena_print(fixture->arena, ",\"files\":{\"it\":\"%s\"}", fixture_path(fixture, files[i])).base);
        assert_refused(fixture, "is the gateway's own and no adapter's");
    }
    assert_int_equal(chmod(fixture_path(fixture, "keytab"), 0666), 0);
    fixture_start(
        fixture, "forbidden",
        arena_print(fixture->arena, ",\"files\":{\"it\":\"%s\"}", fixture_path(fixture, "keytab")).base);
    assert_refused(fixture, "keytab has mode 0666");
    fixture_start(
        fixture, "forbidden",
        arena_print(fixture->arena, ",\"files\":{\"it\":\"%s\"}", fixture_path(fixture, "none")).base);
    assert_refused(fixture, "No such file or directory");
}

static void believes_no_document_that_could_change_or_is_of_another(void **state)
{
    struct fixture *fixture = *state;
    int loose = memfd_create("loose", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_true(loose >= 0);
    programs_start(fixture->programs, OWNER, &fixture->documents, TEXT("acme"), loose);
    assert_refused(fixture, "did not come in a sealed memory file");
    fixture_start_document(fixture, "acme", "{\"kind\":\"Team\",\"metadata\":{\"name\":\"acme\"}}");
    assert_refused(fixture, "not one Adapter of this name");
    fixture_start_document(fixture, "acme",
                           "{\"kind\":\"Adapter\",\"metadata\":{\"name\":\"acme\"},\"spec\":{}}");
    assert_refused(fixture, "its document: ");
    fixture_start_document(fixture, "other",
                           arena_print(fixture->arena,
                                       "{\"kind\":\"Adapter\",\"metadata\":{\"name\":\"acme\"},\"spec\":{"
                                       "\"program\":\"forbidden\",\"sha256\":\"%s\"}}",
                                       zeros)
                               .base);
    assert_refused(fixture, "not one Adapter of this name");
}

static void starts_nothing_without_its_key(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(unlink(fixture_path(fixture, "state/s.key")), 0);
    fixture_start(fixture, "forbidden", "");
    assert_refused(fixture, "the sealing key cannot be had: ");
}

static void says_of_what_cannot_be_executed_that_it_cannot(void **state)
{
    struct fixture *fixture = *state;
    fixture_write(fixture, "adapters/text", "no program", 0755);
    fixture_start(fixture, "text", "");
    assert_refused(fixture, "it cannot be executed: Exec format error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(starts_no_other_program_than_was_pinned),
        TEST(starts_no_program_that_was_swapped_while_it_ran),
        TEST(starts_nothing_that_others_could_have_written),
        TEST(follows_no_link_to_a_program),
        TEST(keeps_programs_apart_from_the_gateways_files),
        TEST(takes_scripts_through_their_interpreter_alone),
        TEST(hands_out_no_file_of_the_gateways_own),
        TEST(believes_no_document_that_could_change_or_is_of_another),
        TEST(starts_nothing_without_its_key),
        TEST(says_of_what_cannot_be_executed_that_it_cannot),
    };
    return fixture_run_group(tests, sizeof(tests) / sizeof(tests[0]));
}
