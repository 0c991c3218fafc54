/* Files with secrets: whose may be read, by whom, and which links are followed. What is root's can only be
 * tried as root; there a child becomes somebody else. */
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/private_file.h"

enum { SOMEBODY = 54321, GROUP_OF_POD = 43210, TAKEN = 0, NOT_KEPT = 1, NOT_OPENED = 2 };

static char folder[64], file[96], link_path[96];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/dragoman-private-XXXXXX");
    if (mkdtemp(folder) == NULL || chmod(folder, 0755) != 0)
        return -1;
    snprintf(file, sizeof(file), "%s/key", folder);
    snprintf(link_path, sizeof(link_path), "%s/link", folder);
    int made = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return made < 0 || close(made) != 0 ? -1 : symlink(file, link_path);
}

static int remove_folder(void **state)
{
    (void)state;
    return unlink(link_path) == 0 && unlink(file) == 0 ? rmdir(folder) : -1;
}

static int open_as_we_are(const char *path)
{
    struct stat status;
    int opened = private_file_open(path);
    if (opened < 0)
        return NOT_OPENED;
    int result = fstat(opened, &status) == 0 && private_file_is_kept(&status) ? TAKEN : NOT_KEPT;
    close(opened);
    return result;
}

/* As a pod's user, who is a member of its group. */
static int open_as_somebody(const char *path)
{
    const gid_t group = GROUP_OF_POD;
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(setgroups(1, &group) == 0 && setgid(SOMEBODY) == 0 && setuid(SOMEBODY) == 0 ? open_as_we_are(path)
                                                                                          : 99);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

static void need_root(void)
{
    if (geteuid() != 0)
        skip();
}

static void the_owners_own_file_is_its_owners_alone(void **state)
{
    (void)state;
    assert_int_equal(open_as_we_are(file), TAKEN);
    for (unsigned bit = 1; bit < 0100; bit <<= 1) {
        assert_int_equal(chmod(file, 0600 | bit), 0);
        assert_int_equal(open_as_we_are(file), NOT_KEPT);
    }
}

static void a_file_of_roots_may_be_read_by_the_group_of_who_is_not_root(void **state)
{
    (void)state;
    need_root();
    assert_int_equal(chown(file, 0, GROUP_OF_POD), 0);
    assert_int_equal(chmod(file, 0440), 0);
    assert_int_equal(open_as_somebody(file), TAKEN);
    assert_int_equal(open_as_we_are(file), NOT_KEPT);
    const mode_t wrong[] = {0460, 0450, 0444, 0442, 0441};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(chmod(file, wrong[i]), 0);
        assert_int_equal(open_as_somebody(file), NOT_KEPT);
    }
}

static void a_file_of_somebody_elses_may_not(void **state)
{
    (void)state;
    need_root();
    assert_int_equal(chown(file, SOMEBODY + 1, GROUP_OF_POD), 0);
    assert_int_equal(chmod(file, 0440), 0);
    assert_int_equal(open_as_somebody(file), NOT_KEPT);
    assert_int_equal(chown(file, SOMEBODY, GROUP_OF_POD), 0);
    assert_int_equal(open_as_somebody(file), NOT_KEPT);
}

static void only_a_link_of_roots_is_followed_and_only_by_who_is_not_root(void **state)
{
    (void)state;
    assert_int_equal(open_as_we_are(link_path), NOT_OPENED);
    need_root();
    assert_int_equal(chown(file, 0, GROUP_OF_POD), 0);
    assert_int_equal(chmod(file, 0440), 0);
    assert_int_equal(open_as_somebody(link_path), TAKEN);
    assert_int_equal(lchown(link_path, SOMEBODY, SOMEBODY), 0);
    assert_int_equal(open_as_somebody(link_path), NOT_OPENED);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        CASE(the_owners_own_file_is_its_owners_alone),
        CASE(a_file_of_roots_may_be_read_by_the_group_of_who_is_not_root),
        CASE(a_file_of_somebody_elses_may_not),
        CASE(only_a_link_of_roots_is_followed_and_only_by_who_is_not_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
