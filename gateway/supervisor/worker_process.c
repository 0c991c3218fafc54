/* dragomand as a worker: sockets and documents from the supervisor, then the same gateway as anywhere. Signals
 * reach it through one descriptor; those a terminal sends to everybody are the supervisor's to act on. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapter_requests.h"
#include "base/clock.h"
#include "base/log.h"
#include "control.h"
#include "edition.h"
#include "insecure_choices.h"
#include "keys/sealing_key.h"
#include "losses.h"
#include "runtime/metrics.h"
#include "runtime/process_metrics.h"
#include "sealing/sealing_keeper.h"
#include "signals.h"
#include "silence.h"
#include "supervisor/exit_status.h"
#include "supervisor/supervisor.h"
#include "token/token.h"
#include "transport/server.h"
#include "worker/worker.h"
#include "worker_confinement.h"

struct received {
    struct listening_sockets items[2 * SERVER_LISTENERS_MAX];
    struct worker_sockets sockets;
    struct edition edition;
    bool is_reload_refused;
    struct losses losses; /* as metrics show them */
    bool is_told_of_key;
    struct worker_sealing sealing; /* its texts are the arena's */
};

static void show_losses(struct losses *shown, const char *told)
{
    struct losses losses;
    if (!losses_parse(&losses, text_of(told)))
        return;
    metric_add(METRIC_WORKERS_DIED, losses.died - shown->died);
    metric_add(METRIC_WORKERS_SILENT, losses.silent - shown->silent);
    *shown = losses;
}

static void add_sockets(struct received *received, struct arena *arena, const struct control_message *message)
{
    struct worker_sockets *sockets = &received->sockets;
    INVARIANT(sockets->count < sizeof(received->items) / sizeof(received->items[0]));
    int *descriptors = ARENA_ARRAY(arena, int, message->descriptor_count + 1);
    memcpy(descriptors, message->descriptors, sizeof(int) * message->descriptor_count);
    received->items[sockets->count++] = (struct listening_sockets){
        arena_copy(arena, text_of(message->word + 7)), descriptors, message->descriptor_count};
    if (message->descriptor_count > sockets->threads)
        sockets->threads = message->descriptor_count;
}

/* SOURCE SINCE, and "given" or why there is none. */
static void take_key(struct received *received, struct arena *arena, const struct control_message *message,
                     bool is_sealed)
{
    struct text rest = arena_copy(arena, text_of(message->word));
    struct worker_sealing *sealing = &received->sealing;
    (void)text_cut(&rest, ' ');
    sealing->source = text_cut(&rest, ' ');
    (void)text_to_int64(text_cut(&rest, ' '), &sealing->since_s);
    sealing->is_by_operator = !is_sealed && text_is(rest, "given");
    sealing->failure = is_sealed ? rest : TEXT_NONE;
    struct secret *key = message->descriptor_count == 1 ? sealing_key_from_pipe(message->descriptors[0]) : NULL;
    received->is_told_of_key = is_sealed || key != NULL;
    if (key != NULL)
        sealing->sealer = sealer_create(key);
}

/* A supervisor of a release before this one, which is being replaced, leaves reading the file to its workers.
 */
static bool read_key_file(struct received *received)
{
    char detail[SEALING_KEY_DETAIL_SIZE] = "";
    const struct gateway_document *settings = edition_settings(&received->edition);
    received->sealing.source = TEXT("keyFile");
    received->sealing.since_s = clock_wall_s();
    if (sealer_open(settings->sealing.key_file.base, &received->sealing.sealer, detail) == FAULT_NONE)
        return true;
    LOG(LOG_ERROR, "start_failed", log_text("reason", text_of(detail)));
    return false;
}

static bool receive(struct received *received, struct arena *arena)
{
    struct control_message message;
    struct stat status;
    int documents = -1;
    if (fstat(CONTROL_DESCRIPTOR, &status) != 0 || !S_ISSOCK(status.st_mode))
        return false;
    while (control_receive(CONTROL_DESCRIPTOR, &message, true) == 1) {
        if (strcmp(message.word, "start") == 0)
            return received->sockets.threads != 0 && documents >= 0 &&
                   edition_take(&received->edition, documents) &&
                   (received->is_told_of_key || read_key_file(received));
        if (strcmp(message.word, "refused") == 0)
            received->is_reload_refused = true;
        else if (strncmp(message.word, "lost ", 5) == 0)
            show_losses(&received->losses, message.word + 5);
        else if (strncmp(message.word, "sealing-key ", 12) == 0 || strncmp(message.word, "sealed ", 7) == 0)
            take_key(received, arena, &message, message.word[6] == ' ');
        else if (strcmp(message.word, "documents") == 0 && message.descriptor_count == 1)
            documents = message.descriptors[0];
        else if (strncmp(message.word, "socket ", 7) == 0)
            add_sockets(received, arena, &message);
    }
    return false;
}

static int watch_signals(void)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    static const int others[] = {SIGINT, SIGHUP, SIGUSR2};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        INVARIANT(sigaction(others[i], &ignore, NULL) == 0);
    return signals_watch((const int[]){SIGTERM}, 1);
}

static void pulse(struct worker *worker)
{
    SCOPED_BUFFER silent = {0};
    buffer_print(&silent, "silent ");
    (void)control_send(CONTROL_DESCRIPTOR,
                       worker_has_pulse(worker, &silent) ? TEXT("pulse") : buffer_text(&silent), NULL, 0);
}

/* Pulses when it is time to; returns how long until the next time. */
static int pulse_when_due(struct worker *worker, int64_t interval_us, int64_t *next_us)
{
    int64_t now_us = clock_monotonic_us();
    if (*next_us <= now_us) {
        pulse(worker);
        *next_us = now_us + interval_us;
    }
    return (int)((*next_us - now_us) / 1000) + 1;
}

static bool offer_key(const struct secret *key)
{
    int pipe = sealing_key_pipe(key);
    bool is_sent = pipe >= 0 && control_send(CONTROL_DESCRIPTOR, TEXT("unseal"), &pipe, 1);
    if (pipe >= 0)
        close(pipe);
    return is_sent;
}

/* Of the supervisor. */
static void hear(struct worker *worker, struct losses *losses, const struct control_message *message)
{
    struct text rest = text_of(message->word), word = text_cut(&rest, ' ');
    if (adapter_requests_hear(worker, message))
        return;
    if (text_is(word, "refused"))
        worker_note_refused_reload(worker);
    else if (text_is(word, "leaving"))
        worker_note_leaving(worker);
    else if (text_is(word, "lost"))
        show_losses(losses, rest.base);
    else if (text_is(word, "still-sealed"))
        worker_note_sealed(worker, rest);
    else if (text_is(word, "unseal"))
        worker_note_offer(worker, rest);
}

/* Until SIGTERM, or until there is no supervisor any more. */
static void wait_for_end(struct worker *worker, struct losses *losses, int signals, int64_t pulse_interval_us)
{
    int64_t next_pulse_us = 0;
    struct control_message message;
    struct pollfd waited[] = {{.fd = signals, .events = POLLIN}, {.fd = CONTROL_DESCRIPTOR, .events = POLLIN}};
    for (;;) {
        if (poll(waited, 2, pulse_when_due(worker, pulse_interval_us, &next_pulse_us)) < 0)
            continue;
        /* What was said before the signal came is heard before it is acted on. */
        int received;
        while ((received = control_receive(CONTROL_DESCRIPTOR, &message, false)) == 1)
            hear(worker, losses, &message);
        if (received == 0 || waited[0].revents != 0)
            return;
    }
}

/* What worker_start() found, a line each. */
static void log_reasons(struct text lines)
{
    while (lines.length != 0)
        LOG(LOG_ERROR, "start_failed", log_text("reason", text_cut(&lines, '\n')));
}

/* Before the confinement, which lets nothing be started and reads none of the module's files. */
static bool start_token(const struct gateway_document *settings, int *link)
{
    char detail[TOKEN_DETAIL_SIZE] = "";
    const struct pkcs11_document *pkcs11 = &settings->pkcs11;
    if (pkcs11->module.length == 0)
        return true;
    const struct token_settings token = {pkcs11->module.base, pkcs11->token_label.base, pkcs11->pin_file.base};
    if (token_start(&token, link, detail) == FAULT_NONE)
        return true;
    LOG(LOG_ERROR, "start_failed", log_text("reason", text_of(detail)));
    return false;
}

static int serve(struct received *received, int signals)
{
    SCOPED_BUFFER mistakes = {0};
    const struct documents *documents = &received->edition.documents;
    const struct gateway_document *settings = documents_gateway(documents);
    struct worker *worker;
    received->sealing.offer = offer_key;
    log_set_level(settings->log_level);
    process_metrics_open();
    int link = -1;
    if (!start_token(settings, &link))
        return EXIT_STATUS_FAILED;
    worker_confine(documents);
    insecure_choices_show(settings);
    received->sealing.token = link < 0 ? NULL : token_open(link);
    enum fault fault =
        worker_start(documents, &received->sockets, &adapter_requests, &received->sealing, &worker, &mistakes);
    if (fault != FAULT_NONE) {
        log_reasons(buffer_text(&mistakes));
        return fault == FAULT_SEAL_BROKEN ? EXIT_STATUS_KEY_WRONG : EXIT_STATUS_FAILED;
    }
    if (received->is_reload_refused)
        worker_note_refused_reload(worker);
    control_send(CONTROL_DESCRIPTOR, TEXT("ready"), NULL, 0);
    wait_for_end(worker, &received->losses, signals, silence_interval(1000000 * settings->silence_deadline_s));
    worker_stop(worker, 1000 * settings->drain_deadline_s);
    return EXIT_STATUS_FINE;
}

int worker_process_run(void)
{
    SCOPED_ARENA arena = arena_create();
    struct received received = {0};
    int signals = watch_signals();
    received.sockets.items = received.items;
    if (!receive(&received, arena)) {
        fprintf(stderr, "dragomand worker is started by dragomand run; start that\n");
        return EXIT_STATUS_USAGE;
    }
    int status = serve(&received, signals);
    edition_drop(&received.edition);
    return status;
}
