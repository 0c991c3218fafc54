/* Linux says these things in /proc, which a confined process may read only through what it had open before. */
#include "runtime/process_metrics.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"

static int memory_file = -1;
static DIR *descriptors;
static int64_t started_at_us;

void process_metrics_open(void)
{
    memory_file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    descriptors = opendir("/proc/self/fd");
    started_at_us = clock_wall_us();
}

static int64_t microseconds(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

static void collect_time(struct metrics_page *page)
{
    struct rusage usage;
    INVARIANT(getrusage(RUSAGE_SELF, &usage) == 0);
    metrics_page_family(page, FAMILY_PROCESS_CPU);
    metrics_page_seconds(page, NULL, microseconds(usage.ru_utime) + microseconds(usage.ru_stime));
    metrics_page_family(page, FAMILY_PROCESS_START);
    metrics_page_seconds(page, NULL, started_at_us);
}

static void collect_memory(struct metrics_page *page)
{
    char line[128];
    long long pages, resident;
    ssize_t length = memory_file < 0 ? 0 : pread(memory_file, line, sizeof(line) - 1, 0);
    line[length > 0 ? length : 0] = '\0';
    if (sscanf(line, "%lld %lld", &pages, &resident) != 2)
        return;
    long size = sysconf(_SC_PAGESIZE);
    metrics_page_family(page, FAMILY_PROCESS_RESIDENT);
    metrics_page_sample(page, NULL, resident * size);
    metrics_page_family(page, FAMILY_PROCESS_VIRTUAL);
    metrics_page_sample(page, NULL, pages * size);
}

/* The folder is one for the whole process: two who read it at once would have it in two parts. */
static int64_t count_descriptors(void)
{
    static atomic_flag is_reading = ATOMIC_FLAG_INIT;
    static _Atomic int64_t last;
    if (atomic_flag_test_and_set(&is_reading))
        return atomic_load(&last);
    int64_t count = 0;
    rewinddir(descriptors);
    for (struct dirent *entry; (entry = readdir(descriptors)) != NULL;)
        count += entry->d_name[0] != '.';
    atomic_store(&last, count);
    atomic_flag_clear(&is_reading);
    return count;
}

static void collect_descriptors(struct metrics_page *page)
{
    struct rlimit limit;
    if (descriptors != NULL) {
        metrics_page_family(page, FAMILY_PROCESS_FDS);
        metrics_page_sample(page, NULL, count_descriptors());
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        metrics_page_family(page, FAMILY_PROCESS_FDS_MAX);
        metrics_page_sample(page, NULL, (int64_t)limit.rlim_cur);
    }
}

void process_metrics_collect(struct metrics_page *page, const void *context)
{
    (void)context;
    collect_time(page);
    collect_memory(page);
    collect_descriptors(page);
}
