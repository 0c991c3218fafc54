/* A dragomand of the tests' own in which the n-th call of a kind fails, when the file named by DRAGOMAN_FAILING
 * says so: it names the process that is meant, and for each kind counts the calls, says which one from now on
 * is to fail, and counts those that did. Linked with --wrap, which reaches the gateway's own calls; what its
 * libraries do inside is reached through their allocators, and through the socket functions that are defined
 * here for all of them. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum kind {
    MEMORY, /* the gateway's own allocations, and OpenSSL's, which it makes */
    RANDOM,
    STORE, /* steps of SQLite's statements; what is sent to and read from PostgreSQL */
    STORE_MEMORY,
    NETWORK, /* sockets of the libraries: libcurl's, libpq's */
    KINDS,
};

struct orders {
    _Atomic int64_t process;
    struct {
        _Atomic int64_t calls, fails_at, failed; /* fails_at: 1 is the next call, 0 none */
    } kinds[KINDS];
};

static struct orders *orders;

static bool fails(enum kind kind)
{
    if (orders == NULL || atomic_load(&orders->process) != getpid())
        return false;
    atomic_fetch_add(&orders->kinds[kind].calls, 1);
    if (atomic_load(&orders->kinds[kind].fails_at) == 0 ||
        atomic_fetch_sub(&orders->kinds[kind].fails_at, 1) != 1)
        return false;
    atomic_fetch_add(&orders->kinds[kind].failed, 1);
    return true;
}

/* --- the gateway's own memory --- */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
    return fails(MEMORY) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails(MEMORY) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails(MEMORY) ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text)
{
    return fails(MEMORY) ? NULL : __real_strdup(text);
}

int __real_RAND_bytes(unsigned char *bytes, int count);
int __wrap_RAND_bytes(unsigned char *bytes, int count);

int __wrap_RAND_bytes(unsigned char *bytes, int count)
{
    return fails(RANDOM) ? 0 : __real_RAND_bytes(bytes, count);
}

/* --- the stores --- */

static sqlite3_mem_methods store_memory; /* SQLite's own */

static void *store_malloc(int size)
{
    return fails(STORE_MEMORY) ? NULL : store_memory.xMalloc(size);
}

static void *store_realloc(void *memory, int size)
{
    return fails(STORE_MEMORY) ? NULL : store_memory.xRealloc(memory, size);
}

int __real_sqlite3_step(sqlite3_stmt *statement);
int __wrap_sqlite3_step(sqlite3_stmt *statement);

/* As after a read or write that failed, which SQLite undoes. */
int __wrap_sqlite3_step(sqlite3_stmt *statement)
{
    return fails(STORE) ? SQLITE_IOERR_WRITE : __real_sqlite3_step(statement);
}

int __real_PQsendQueryPrepared(PGconn *connection, const char *name, int count, const char *const *values,
                               const int *lengths, const int *formats, int format);
int __wrap_PQsendQueryPrepared(PGconn *connection, const char *name, int count, const char *const *values,
                               const int *lengths, const int *formats, int format);
int __real_PQsendQueryParams(PGconn *connection, const char *command, int count, const Oid *types,
                             const char *const *values, const int *lengths, const int *formats, int format);
int __wrap_PQsendQueryParams(PGconn *connection, const char *command, int count, const Oid *types,
                             const char *const *values, const int *lengths, const int *formats, int format);
int __real_PQpipelineSync(PGconn *connection);
int __wrap_PQpipelineSync(PGconn *connection);
int __real_PQflush(PGconn *connection);
int __wrap_PQflush(PGconn *connection);
int __real_PQconsumeInput(PGconn *connection);
int __wrap_PQconsumeInput(PGconn *connection);

int __wrap_PQsendQueryPrepared(PGconn *connection, const char *name, int count, const char *const *values,
                               const int *lengths, const int *formats, int format)
{
    return fails(STORE) ? 0
                        : __real_PQsendQueryPrepared(connection, name, count, values, lengths, formats, format);
}

int __wrap_PQsendQueryParams(PGconn *connection, const char *command, int count, const Oid *types,
                             const char *const *values, const int *lengths, const int *formats, int format)
{
    return fails(STORE)
               ? 0
               : __real_PQsendQueryParams(connection, command, count, types, values, lengths, formats, format);
}

int __wrap_PQpipelineSync(PGconn *connection)
{
    return fails(STORE) ? 0 : __real_PQpipelineSync(connection);
}

int __wrap_PQflush(PGconn *connection)
{
    return fails(STORE) ? -1 : __real_PQflush(connection);
}

int __wrap_PQconsumeInput(PGconn *connection)
{
    return fails(STORE) ? 0 : __real_PQconsumeInput(connection);
}

/* --- sockets --- */

static struct {
    int (*socket)(int family, int type, int protocol);
    int (*connect)(int file, const struct sockaddr *address, socklen_t length);
    ssize_t (*send)(int file, const void *bytes, size_t length, int flags);
    ssize_t (*recv)(int file, void *bytes, size_t length, int flags);
} next;

#define FOR_ALL_LIBRARIES __attribute__((visibility("default")))

static int refuse(int reason)
{
    errno = reason;
    return -1;
}

FOR_ALL_LIBRARIES int socket(int family, int type, int protocol)
{
    return fails(NETWORK) ? refuse(ENOBUFS) : next.socket(family, type, protocol);
}

FOR_ALL_LIBRARIES int connect(int file, const struct sockaddr *address, socklen_t length)
{
    return fails(NETWORK) ? refuse(ECONNREFUSED) : next.connect(file, address, length);
}

FOR_ALL_LIBRARIES ssize_t send(int file, const void *bytes, size_t length, int flags)
{
    return fails(NETWORK) ? refuse(ECONNRESET) : next.send(file, bytes, length, flags);
}

FOR_ALL_LIBRARIES ssize_t recv(int file, void *bytes, size_t length, int flags)
{
    return fails(NETWORK) ? refuse(ECONNRESET) : next.recv(file, bytes, length, flags);
}

/* Before main(), which a library's first allocation comes after; and a worker that is confined cannot open the
 * file. */
__attribute__((constructor)) static void prepare(void)
{
    *(void **)&next.socket = dlsym(RTLD_NEXT, "socket");
    *(void **)&next.connect = dlsym(RTLD_NEXT, "connect");
    *(void **)&next.send = dlsym(RTLD_NEXT, "send");
    *(void **)&next.recv = dlsym(RTLD_NEXT, "recv");
    const char *path = getenv("DRAGOMAN_FAILING");
    int file = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (file < 0 || sqlite3_config(SQLITE_CONFIG_GETMALLOC, &store_memory) != SQLITE_OK)
        abort();
    sqlite3_mem_methods failing = store_memory;
    failing.xMalloc = store_malloc;
    failing.xRealloc = store_realloc;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &failing) != SQLITE_OK)
        abort();
    void *mapped = mmap(NULL, sizeof(*orders), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED)
        abort();
    close(file);
    orders = mapped;
}
