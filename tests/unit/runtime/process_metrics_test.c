/* What this process says of itself, against what the kernel says of it. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "runtime/process_metrics.h"

static double value_of(const char *name)
{
    SCOPED_BUFFER out = {0};
    char line[128];
    struct metrics_page page = {.out = &out};
    process_metrics_collect(&page, NULL);
    buffer_append_byte(&out, '\0');
    snprintf(line, sizeof(line), "\n%s ", name);
    const char *found = strstr(out.base, line);
    if (found == NULL)
        fail_msg("%s is not in %s", name, out.base);
    return strtod(found + strlen(line), NULL);
}

static void tells_memory_descriptors_and_times_of_this_process(void **state)
{
    struct rlimit limit;
    (void)state;
    process_metrics_open();
    double before = value_of("process_open_fds");
    int descriptor = dup(STDERR_FILENO);
    assert_true(value_of("process_open_fds") == before + 1);
    close(descriptor);
    assert_true(value_of("process_open_fds") == before);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_true(value_of("process_max_fds") == (double)limit.rlim_cur);
    assert_true(value_of("process_resident_memory_bytes") > 1024 * 1024);
    assert_true(value_of("process_virtual_memory_bytes") >= value_of("process_resident_memory_bytes"));
    double age_s = (double)clock_wall_us() / 1e6 - value_of("process_start_time_seconds");
    assert_true(age_s >= 0 && age_s < 600);
}

static void tells_the_time_on_the_cpu(void **state)
{
    (void)state;
    double before = value_of("process_cpu_seconds_total");
    for (volatile long i = 0; value_of("process_cpu_seconds_total") < before + 0.02; i++)
        ;
    assert_true(value_of("process_cpu_seconds_total") > before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_memory_descriptors_and_times_of_this_process),
        cmocka_unit_test(tells_the_time_on_the_cpu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
