/* What is put in is what is read by the path, once, or there is no descriptor. */
#include "pipe_file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"

static size_t read_by(const char *path, char *into, size_t most)
{
    size_t length = 0;
    ssize_t got;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    assert_true(file >= 0);
    while ((got = read(file, into + length, most - length)) > 0)
        length += (size_t)got;
    assert_int_equal(got, 0);
    close(file);
    return length;
}

static void is_read_by_its_path_once(void **state)
{
    char path[PIPE_FILE_PATH_SIZE], read[16];
    int descriptor = pipe_file_open(TEXT("[libdefaults]"), path);
    (void)state;
    assert_true(descriptor >= 0);
    assert_int_equal(fcntl(descriptor, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(read_by(path, read, sizeof(read)), 13);
    assert_memory_equal(read, "[libdefaults]", 13);
    assert_int_equal(read_by(path, read, sizeof(read)), 0);
    close(descriptor);
}

static void is_whole_or_not_there(void **state)
{
    enum { LARGE = 200 * 1024, TOO_LARGE = 1024 * 1024 + 1 };
    SCOPED_ARENA arena = arena_create();
    char path[PIPE_FILE_PATH_SIZE], *bytes = arena_allocate(arena, TOO_LARGE),
                                    *read = arena_allocate(arena, LARGE + 1);
    (void)state;
    memset(bytes, 'x', TOO_LARGE);
    int descriptor = pipe_file_open((struct text){bytes, LARGE}, path);
    assert_true(descriptor >= 0);
    assert_int_equal(read_by(path, read, LARGE + 1), LARGE);
    assert_memory_equal(read, bytes, LARGE);
    close(descriptor);
    assert_int_equal(pipe_file_open((struct text){bytes, TOO_LARGE}, path), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_read_by_its_path_once),
        cmocka_unit_test(is_whole_or_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
