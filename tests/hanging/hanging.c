/* A dragomand of the tests' own that hangs when the file named by DRAGOMAN_HANGING says so. Its bytes, each as
 * the enum below names it: how the next request hangs its loop; how the next reload that is refused hangs the
 * worker's control loop; whether a worker waits before it starts; whether the supervisor's SIGKILL has no
 * effect, as on a process that waits for a broken disk. The first two take their byte back, so that it happens
 * once. Linked with --wrap. */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { HANG_LOOP, HANG_CONTROL, HOLD_START, KILL_NOTHING, ORDERS };
enum { SPINS = 1, WAITS = 2, PAUSES = 3 };

struct buffer;
struct documents;
struct request;
struct worker;
struct worker_programs;
struct worker_sealing;
struct worker_sockets;

void __real_routes_handle(struct request *request, void *context);
void __wrap_routes_handle(struct request *request, void *context);
void __real_worker_note_refused_reload(struct worker *worker);
void __wrap_worker_note_refused_reload(struct worker *worker);
int __real_worker_start(const struct documents *documents, const struct worker_sockets *sockets,
                        const struct worker_programs *programs, const struct worker_sealing *sealing,
                        struct worker **worker, struct buffer *mistakes);
int __wrap_worker_start(const struct documents *documents, const struct worker_sockets *sockets,
                        const struct worker_programs *programs, const struct worker_sealing *sealing,
                        struct worker **worker, struct buffer *mistakes);
int __real_kill(pid_t process, int signal);
int __wrap_kill(pid_t process, int signal);

static _Atomic unsigned char *orders;

/* Before main(): a worker that is confined cannot open it any more. */
__attribute__((constructor)) static void open_orders(void)
{
    const char *path = getenv("DRAGOMAN_HANGING");
    int file = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (file < 0)
        abort();
    orders = mmap(NULL, ORDERS, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (orders == MAP_FAILED)
        abort();
    close(file);
}

static void hang_if_told(int order)
{
    unsigned char how = atomic_exchange(&orders[order], 0);
    volatile bool is_for_ever = how == SPINS || how == WAITS;
    if (how == PAUSES)
        nanosleep(&(struct timespec){1, 700 * 1000 * 1000}, NULL);
    while (is_for_ever)
        if (how == WAITS)
            pause();
}

void __wrap_routes_handle(struct request *request, void *context)
{
    hang_if_told(HANG_LOOP);
    __real_routes_handle(request, context);
}

void __wrap_worker_note_refused_reload(struct worker *worker)
{
    hang_if_told(HANG_CONTROL);
    __real_worker_note_refused_reload(worker);
}

int __wrap_worker_start(const struct documents *documents, const struct worker_sockets *sockets,
                        const struct worker_programs *programs, const struct worker_sealing *sealing,
                        struct worker **worker, struct buffer *mistakes)
{
    static const struct timespec moment = {.tv_nsec = 10 * 1000 * 1000};
    while (atomic_load(&orders[HOLD_START]) != 0)
        nanosleep(&moment, NULL);
    return __real_worker_start(documents, sockets, programs, sealing, worker, mistakes);
}

int __wrap_kill(pid_t process, int signal)
{
    return signal == SIGKILL && atomic_load(&orders[KILL_NOTHING]) != 0 ? 0 : __real_kill(process, signal);
}
