/* dragoman top: what a gateway does, from two readings of its metrics after each other. On a terminal the table
 * is drawn in place until Ctrl-C; elsewhere each reading is printed below the last. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "commands/commands.h"
#include "gateway.h"
#include "rates.h"
#include "table.h"
#include "json/json_writer.h"

enum { INTERVAL_MS = 1000, INTERVAL_LEAST_MS = 100, INTERVAL_MOST_MS = 3600 * 1000, MILLION = 1000 * 1000 };

static const char *const stages[] = {"parse", "verify", "policy", "replay", "adapter", "sign", "audit"};
enum { STAGES = sizeof(stages) / sizeof(stages[0]) };

static volatile sig_atomic_t is_interrupted;

static void on_interrupt(int signal)
{
    (void)signal;
    is_interrupted = 1;
}

/* --- reading --- */

struct watch {
    struct invocation *invocation;
    struct arena *arenas[2]; /* of the reading before and of this one, turn and turn about */
    struct reading readings[2];
    unsigned turn;
    int64_t interval_ms;
    bool is_drawn_in_place, has_before;
};

static enum exit_code read_metrics(struct watch *watch, bool is_quiet)
{
    struct arena **arena = &watch->arenas[watch->turn];
    struct reading *reading = &watch->readings[watch->turn];
    if (*arena != NULL)
        arena_destroy(*arena);
    *arena = arena_create();
    struct invocation within = *watch->invocation;
    within.arena = *arena;
    struct reply reply;
    *reading = (struct reading){.at_us = clock_monotonic_us()};
    enum exit_code code = gateway_read_socket(&within, TEXT("/metrics"), is_quiet, &reply);
    if (code != EXIT_CODE_FINE || metrics_text_read(*arena, reply.body, &reading->metrics))
        return code;
    terminal_complain(within.terminal, TEXT("what the gateway answered are no metrics"), TEXT_NONE,
                      TEXT("check that the socket is that of a gateway of this version"));
    return EXIT_CODE_REFUSED;
}

/* --- as JSON: what happened within interval_ms, times in microseconds --- */

static void write_quantile(struct json_writer *writer, const char *name, double seconds)
{
    if (!isnan(seconds))
        json_member_integer(writer, name, llround(seconds * MILLION));
}

static void write_stage(struct json_writer *writer, const char *stage, const struct reading *before,
                        const struct reading *now)
{
    static const char histogram[] = "dragoman_exchange_duration_seconds";
    json_name(writer, text_of(stage));
    json_begin_object(writer);
    write_quantile(writer, "p50_us", quantile_between(before, now, histogram, "stage", stage, 0.5));
    write_quantile(writer, "p99_us", quantile_between(before, now, histogram, "stage", stage, 0.99));
    json_end_object(writer);
}

/* What is counted since the reading before, and what is so many now. */
static const struct shown {
    const char *member, *metric, *label, *value;
    bool is_counted;
} numbers[] = {
    {"granted", "dragoman_exchange_requests_total", "result", "granted", true},
    {"refused", "dragoman_exchange_requests_total", "result", "refused", true},
    {"failed", "dragoman_exchange_requests_total", "result", "failed", true},
    {"requests_in_flight", "dragoman_requests_in_flight", NULL, NULL, false},
    {"connections_open", "dragoman_connections_open", NULL, NULL, false},
    {"store_items", "dragoman_store_items_total", NULL, NULL, true},
    {"resident_bytes", "process_resident_memory_bytes", NULL, NULL, false},
};

static void write_numbers(struct json_writer *writer, const struct reading *before, const struct reading *now)
{
    double seconds = (double)(now->at_us - before->at_us) / MILLION;
    json_member_integer(writer, "interval_ms", llround(seconds * 1000));
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const struct shown *number = &numbers[i];
        double value = number->is_counted
                           ? seconds * rate_between(before, now, number->metric, number->label, number->value)
                           : metrics_text_sum(&now->metrics, number->metric, number->label, number->value);
        json_member_integer(writer, number->member, llround(value));
    }
}

static void print_json(const struct watch *watch, const struct reading *before, const struct reading *now)
{
    static const char answer[] = "dragoman_exchange_answer_seconds";
    SCOPED_BUFFER out = {0};
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    write_numbers(&writer, before, now);
    write_quantile(&writer, "p50_us", quantile_between(before, now, answer, NULL, NULL, 0.5));
    write_quantile(&writer, "p99_us", quantile_between(before, now, answer, NULL, NULL, 0.99));
    json_name(&writer, TEXT("stages"));
    json_begin_object(&writer);
    for (size_t i = 0; i < STAGES; i++)
        write_stage(&writer, stages[i], before, now);
    json_end_object(&writer);
    json_end_object(&writer);
    fprintf(watch->invocation->terminal->out, "%.*s\n", (int)out.length, out.base);
}

/* --- for people --- */

static struct text shown_time(struct arena *arena, double seconds)
{
    if (isnan(seconds))
        return TEXT_NONE;
    return seconds < 1 ? arena_print(arena, "%.1f ms", seconds * 1000) : arena_print(arena, "%.2f s", seconds);
}

static void print_stages(const struct watch *watch, struct arena *arena, const struct reading *before,
                         const struct reading *now)
{
    static const char *const headings[] = {"STAGE", "A SECOND", "P50", "P99"};
    static const char one[] = "dragoman_exchange_duration_seconds", all[] = "dragoman_exchange_answer_seconds";
    struct table table = table_create(arena, headings, 4);
    for (size_t i = 0; i <= STAGES; i++) {
        bool is_all = i == STAGES;
        const char *name = is_all ? all : one, *label = is_all ? NULL : "stage",
                   *value = is_all ? NULL : stages[i];
        const char *count =
            is_all ? "dragoman_exchange_answer_seconds_count" : "dragoman_exchange_duration_seconds_count";
        struct text cells[] = {is_all ? TEXT("in all") : text_of(stages[i]),
                               arena_print(arena, "%.0f", rate_between(before, now, count, label, value)),
                               shown_time(arena, quantile_between(before, now, name, label, value, 0.5)),
                               shown_time(arena, quantile_between(before, now, name, label, value, 0.99))};
        table_add(&table, cells);
    }
    table_print(&table, watch->invocation->terminal);
}

static void print_refusals(const struct watch *watch, struct arena *arena, const struct reading *before,
                           const struct reading *now)
{
    static const char *const headings[] = {"REFUSED", "CALLER", "A SECOND"};
    struct reason_rate reasons[REASONS_SHOWN];
    struct table table = table_create(arena, headings, 3);
    size_t count = reasons_between(before, now, reasons);
    for (size_t i = 0; i < count; i++) {
        struct text cells[] = {reasons[i].reason, reasons[i].caller,
                               arena_print(arena, "%.1f", reasons[i].rate)};
        table_add(&table, cells);
    }
    if (count != 0) {
        fputc('\n', watch->invocation->terminal->out);
        table_print(&table, watch->invocation->terminal);
    }
}

static void print_load(FILE *out, const struct reading *before, const struct reading *now)
{
    const struct metrics_text *metrics = &now->metrics;
    double commits = rate_between(before, now, "dragoman_store_commits_total", NULL, NULL);
    double items = rate_between(before, now, "dragoman_store_items_total", NULL, NULL);
    if (metrics_text_sum(metrics, "dragoman_sealed", NULL, NULL) > 0)
        fprintf(out, "sealed     everything is answered 503; dragoman seal status says why\n");
    fprintf(out,
            "exchanges  %.0f granted, %.0f refused, %.0f failed a second; in flight %.0f, streams %.0f, "
            "connections %.0f\n",
            rate_between(before, now, "dragoman_exchange_requests_total", "result", "granted"),
            rate_between(before, now, "dragoman_exchange_requests_total", "result", "refused"),
            rate_between(before, now, "dragoman_exchange_requests_total", "result", "failed"),
            metrics_text_sum(metrics, "dragoman_requests_in_flight", NULL, NULL),
            metrics_text_sum(metrics, "dragoman_streams_open", NULL, NULL),
            metrics_text_sum(metrics, "dragoman_connections_open", NULL, NULL));
    fprintf(out, "store      %.0f items in %.0f commits a second; %.1f failures a second, %.0f waiting\n",
            items, commits, rate_between(before, now, "dragoman_store_failures_total", NULL, NULL),
            metrics_text_sum(metrics, "dragoman_db_pool_waiting", NULL, NULL));
    fprintf(out, "adapters   %.0f up, %.0f calls in flight, %.0f waiting\n",
            metrics_text_sum(metrics, "dragoman_adapters_up", NULL, NULL),
            metrics_text_sum(metrics, "dragoman_adapter_calls_in_flight", NULL, NULL),
            metrics_text_sum(metrics, "dragoman_adapter_calls_waiting", NULL, NULL));
    fprintf(out, "worker     %.0f %% of a core, %.0f MiB\n",
            100 * rate_between(before, now, "process_cpu_seconds_total", NULL, NULL),
            metrics_text_sum(metrics, "process_resident_memory_bytes", NULL, NULL) / (1 << 20));
    fprintf(out, "issuers    oldest keys %.0f s old, %.0f without keys\n\n",
            metrics_text_sum(metrics, "dragoman_jwks_age_seconds", NULL, NULL),
            metrics_text_sum(metrics, "dragoman_jwks_missing", NULL, NULL));
}

static void print_people(const struct watch *watch, const struct reading *before, const struct reading *now)
{
    FILE *out = watch->invocation->terminal->out;
    struct arena *arena = watch->arenas[watch->turn];
    char time[CLOCK_TEXT_SIZE];
    clock_format(clock_wall_us(), time);
    if (watch->is_drawn_in_place)
        fputs("\033[H\033[J", out);
    fprintf(out, "dragoman top  %.19s  every %.1f s%s\n\n", time, (double)watch->interval_ms / 1000,
            watch->is_drawn_in_place ? "  Ctrl-C ends it" : "");
    print_load(out, before, now);
    print_stages(watch, arena, before, now);
    print_refusals(watch, arena, before, now);
    if (!watch->is_drawn_in_place)
        fputc('\n', out);
}

/* --- the loop --- */

static void print(const struct watch *watch)
{
    const struct reading *now = &watch->readings[watch->turn], *before = &watch->readings[!watch->turn];
    if (watch->invocation->output == OUTPUT_TABLE)
        print_people(watch, before, now);
    else
        print_json(watch, before, now);
    fflush(watch->invocation->terminal->out);
}

static void rest(const struct watch *watch)
{
    struct timespec left = {watch->interval_ms / 1000, watch->interval_ms % 1000 * MILLION};
    while (is_interrupted == 0 && nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

/* A gateway that goes away is waited for: it may be about to come back, which is when one looks. */
static enum exit_code go_on(struct watch *watch, bool is_once)
{
    while (is_interrupted == 0) {
        rest(watch);
        watch->turn = !watch->turn;
        enum exit_code code = is_interrupted != 0 ? EXIT_CODE_FINE : read_metrics(watch, !is_once);
        if (is_once && code != EXIT_CODE_FINE)
            return code;
        bool is_shown = is_interrupted == 0 && code == EXIT_CODE_FINE && watch->has_before;
        if (is_shown)
            print(watch);
        else if (is_interrupted == 0 && code != EXIT_CODE_FINE)
            terminal_warn(watch->invocation->terminal, TEXT("the gateway does not answer; waiting for it"));
        watch->has_before = code == EXIT_CODE_FINE;
        if (is_once && is_shown)
            break;
    }
    return EXIT_CODE_FINE;
}

static bool read_interval(struct watch *watch)
{
    const char *option = invocation_option(watch->invocation, "interval");
    char *end = NULL;
    double seconds = option == NULL ? (double)INTERVAL_MS / 1000 : strtod(option, &end);
    watch->interval_ms = seconds > 0 && seconds <= INTERVAL_MOST_MS / 1000 ? llround(seconds * 1000) : 0;
    if ((option == NULL || (end != option && *end == '\0')) && watch->interval_ms >= INTERVAL_LEAST_MS)
        return true;
    terminal_complain(watch->invocation->terminal, TEXT("--interval is a number of seconds from 0.1 to 3600"),
                      TEXT_NONE, TEXT("for example: dragoman top --interval 5"));
    return false;
}

enum exit_code command_top(struct invocation *invocation)
{
    const struct terminal *terminal = invocation->terminal;
    bool is_once = invocation_has(invocation, "once");
    struct watch watch = {.invocation = invocation};
    const struct sigaction interrupted = {.sa_handler = on_interrupt};
    if (!read_interval(&watch))
        return EXIT_CODE_USAGE;
    enum exit_code code = read_metrics(&watch, false);
    if (code == EXIT_CODE_FINE) {
        watch.has_before = true;
        watch.is_drawn_in_place = terminal->width != 0 && !is_once && invocation->output == OUTPUT_TABLE;
        (void)sigaction(SIGINT, &interrupted, NULL);
        (void)sigaction(SIGTERM, &interrupted, NULL);
        if (watch.is_drawn_in_place)
            fputs("\033[?1049h\033[?25l", terminal->out); /* another screen, without a cursor */
        code = go_on(&watch, is_once);
        if (watch.is_drawn_in_place)
            fputs("\033[?25h\033[?1049l", terminal->out);
        fflush(terminal->out);
    }
    for (size_t i = 0; i < 2; i++)
        if (watch.arenas[i] != NULL)
            arena_destroy(watch.arenas[i]);
    return code;
}
