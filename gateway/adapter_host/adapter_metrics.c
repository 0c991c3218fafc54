/* The metrics with an adapter's name. Trials are left out: they live for a moment under a name that is not
 * theirs. */
#include "adapter_host/adapter_metrics.h"

#include "program.h"

typedef void sample_writer(struct metrics_page *page, const struct program *program);

static void write_calls(struct metrics_page *page, const struct program *program)
{
    for (int operation = 0; operation < TALLY_OPERATIONS; operation++) {
        for (int result = 0; result < TALLY_RESULTS; result++) {
            const struct text values[] = {
                program->name, text_of(program_tally_operation_name((enum tally_operation)operation)),
                text_of(program_tally_result_name((enum tally_result)result))};
            int64_t count =
                atomic_load_explicit(&program->tally.calls[operation][result], memory_order_relaxed);
            /* What a mint can come to is there from the start: a rate needs a first 0. */
            if (count != 0 || operation == TALLY_MINT)
                metrics_page_sample(page, values, count);
        }
    }
}

static void write_duration(struct metrics_page *page, const struct program *program)
{
    metrics_page_histogram(page, &program->name, &program->tally.duration);
}

static void write_breaker(struct metrics_page *page, const struct program *program)
{
    metrics_page_sample(page, &program->name, (int64_t)call_breaker_state(&program->breaker));
}

static void write_family(struct metrics_page *page, struct adapter_host *host, enum metric_family family,
                         sample_writer *write)
{
    struct program *program;
    metrics_page_family(page, family);
    for (size_t i = 0; (program = adapter_host_nth(host, i)) != NULL; i++)
        if (program->name.base[0] != '~')
            write(page, program);
}

void adapter_metrics_collect(struct metrics_page *page, struct adapter_host *host)
{
    write_family(page, host, FAMILY_ADAPTER_CALLS, write_calls);
    write_family(page, host, FAMILY_ADAPTER_DURATION, write_duration);
    write_family(page, host, FAMILY_BREAKER_STATE, write_breaker);
}
