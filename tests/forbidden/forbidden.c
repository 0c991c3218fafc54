/* A program that an adapter could be and that is up to no good. It is told through its socket what to try, one
 * line each, and answers with a line: "done", or the error's name. The first line it reads is the supervisor's,
 * which it gives back. tests/unit/programs starts it. */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char answer[8192];

static int number_of(const char *text)
{
    return (int)strtol(text, NULL, 10);
}

static void ignore(int number)
{
    const struct sigaction ignored = {.sa_handler = SIG_IGN};
    sigaction(number, &ignored, NULL);
}

static const char *result(long value)
{
    return value >= 0 ? "done" : strerrorname_np(errno);
}

static const char *try_open(const char *path, int flags)
{
    char bytes[64];
    int file = open(path, flags | O_CLOEXEC, 0600);
    if (file < 0)
        return result(-1);
    ssize_t length = (flags & O_ACCMODE) == O_RDONLY ? read(file, bytes, sizeof(bytes)) : write(file, "x", 1);
    const char *told = result(length);
    close(file);
    return told;
}

static const char *try_socket(int family, int type)
{
    int made = socket(family, type, 0);
    const char *told = result(made);
    if (made >= 0)
        close(made);
    return told;
}

static const char *try_connect(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)number_of(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client < 0)
        return result(-1);
    const char *told = result(connect(client, (const struct sockaddr *)&address, sizeof(address)));
    close(client);
    return told;
}

/* The first byte of whoever connects to the socket that it was handed. */
static const char *try_accept(const char *listener)
{
    int client = accept4(number_of(listener), NULL, NULL, SOCK_CLOEXEC);
    if (client < 0)
        return result(-1);
    char byte = '?';
    ssize_t length = read(client, &byte, 1);
    close(client);
    snprintf(answer, sizeof(answer), "accepted %c", length == 1 ? byte : '?');
    return answer;
}

/* Says a byte over a connection that it was handed, and shows the one that comes back. */
static const char *try_call(const char *connection)
{
    char byte = '!';
    if (write(number_of(connection), &byte, 1) != 1 || read(number_of(connection), &byte, 1) != 1)
        return result(-1);
    snprintf(answer, sizeof(answer), "answered %c", byte);
    return answer;
}

/* Where it listens, its own word for it. */
static const char *show_address(const char *listener)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof(address);
    char host[INET_ADDRSTRLEN];
    if (getsockname(number_of(listener), (struct sockaddr *)&address, &size) != 0)
        return result(-1);
    snprintf(answer, sizeof(answer), "%s %d", inet_ntop(AF_INET, &address.sin_addr, host, sizeof(host)),
             ntohs(address.sin_port));
    return answer;
}

/* On a socket of its own: an address it may have or not, but never somebody who connects. */
static const char *try_listen(void)
{
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const char *told = result(server < 0 ? -1 : listen(server, 1));
    if (server >= 0)
        close(server);
    return told;
}

/* Who is left behind sleeps, and its number is the answer. how: 'f' a child, 'd' a grandchild of nobody. */
static const char *linger(char how)
{
    int pair[2];
    pid_t left = 0;
    if (pipe(pair) != 0)
        return result(-1);
    pid_t child = fork();
    if (child < 0)
        return result(-1);
    if (child == 0) {
        ignore(SIGTERM);
        if (how == 'd' && fork() != 0)
            _exit(0);
        setsid();
        setpgid(0, 0);
        left = getpid();
        if (write(pair[1], &left, sizeof(left)) == sizeof(left))
            for (;;)
                pause();
        _exit(0);
    }
    if (read(pair[0], &left, sizeof(left)) != sizeof(left))
        return "EIO";
    snprintf(answer, sizeof(answer), "%d", (int)left);
    return answer;
}

static const char *try_memory(const char *mebibytes, int flags)
{
    size_t size = (size_t)number_of(mebibytes) << 20;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return result(-1);
    munmap(memory, size);
    return "done";
}

static const char *try_threads(const char *wanted)
{
    int made = 0;
    for (int i = 0; i < number_of(wanted); i++, made++) {
        pid_t child = fork();
        if (child < 0)
            break;
        if (child == 0) {
            pause();
            _exit(0);
        }
    }
    snprintf(answer, sizeof(answer), "%d", made);
    return answer;
}

static const char *list_open(void)
{
    size_t length = 0;
    for (int i = 0; i < 4096; i++)
        if (fcntl(i, F_GETFD) >= 0)
            length +=
                (size_t)snprintf(answer + length, sizeof(answer) - length, "%s%d", length == 0 ? "" : " ", i);
    return answer;
}

static const char *list_environment(void)
{
    extern char **environ;
    size_t length = 0;
    char folder[256];
    for (char **each = environ; *each != NULL; each++)
        length += (size_t)snprintf(answer + length, sizeof(answer) - length, "%s ", *each);
    snprintf(answer + length, sizeof(answer) - length, "cwd=%s", getcwd(folder, sizeof(folder)));
    return answer;
}

static const char *show_status(const char *wanted)
{
    FILE *file = fopen("/proc/self/status", "re");
    snprintf(answer, sizeof(answer), "not there");
    char line[256];
    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, wanted, strlen(wanted)) == 0)
            snprintf(answer, sizeof(answer), "%.*s", (int)strcspn(line, "\n"), line);
    if (file != NULL)
        fclose(file);
    return answer;
}

static const char *fetch(const char *url)
{
    CURL *curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 3000L);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    snprintf(answer, sizeof(answer), "curl %d", (int)code);
    return answer;
}

static const char *read_descriptor(const char *number)
{
    ssize_t length = pread(number_of(number), answer, sizeof(answer) - 1, 0);
    if (length < 0)
        return result(-1);
    answer[length] = '\0';
    answer[strcspn(answer, "\n")] = '\0';
    return answer;
}

static const char *try_pair(void)
{
    int pair[2];
    return result(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
}

static const char *try_limit(const char *process)
{
    struct rlimit limit;
    return result(prlimit(number_of(process), RLIMIT_NOFILE, NULL, &limit));
}

static const char *try_owner(const char *process)
{
    return result(fcntl(3, F_SETOWN, number_of(process)));
}

static const char *try_trace(const char *process)
{
    return result(ptrace(PTRACE_ATTACH, number_of(process), NULL, NULL));
}

static const char *try_memory_of(const char *process)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%s/mem", process);
    return try_open(path, O_RDONLY);
}

static const char *try_files(const char *what, const char *argument)
{
    if (strcmp(what, "read") == 0)
        return try_open(argument, O_RDONLY);
    if (strcmp(what, "write") == 0)
        return try_open(argument, O_WRONLY);
    if (strcmp(what, "create") == 0)
        return try_open(argument, O_WRONLY | O_CREAT);
    if (strcmp(what, "cut") == 0)
        return result(truncate(argument, 0));
    if (strcmp(what, "chmod") == 0)
        return result(chmod(argument, 0666));
    if (strcmp(what, "unlink") == 0)
        return result(unlink(argument));
    return NULL;
}

static const char *try_network(const char *what, const char *argument)
{
    if (strcmp(what, "internet") == 0)
        return try_socket(AF_INET, SOCK_STREAM);
    if (strcmp(what, "local") == 0)
        return try_socket(AF_UNIX, SOCK_STREAM);
    if (strcmp(what, "raw") == 0)
        return try_socket(AF_INET, SOCK_RAW);
    if (strcmp(what, "packet") == 0)
        return try_socket(AF_PACKET, SOCK_RAW);
    if (strcmp(what, "upper") == 0) /* the filter must look at the half that the kernel looks at */
        return result(syscall(SYS_socket, 0x100000000L | AF_UNIX, SOCK_STREAM, 0));
    if (strcmp(what, "pair") == 0)
        return try_pair();
    if (strcmp(what, "connect") == 0)
        return try_connect(argument);
    if (strcmp(what, "fetch") == 0)
        return fetch(argument);
    if (strcmp(what, "accept") == 0)
        return try_accept(argument);
    if (strcmp(what, "call") == 0)
        return try_call(argument);
    if (strcmp(what, "address") == 0)
        return show_address(argument);
    if (strcmp(what, "listen") == 0)
        return try_listen();
    return NULL;
}

static const char *try_processes(const char *what, const char *argument)
{
    if (strcmp(what, "trace") == 0)
        return try_trace(argument);
    if (strcmp(what, "memory-of") == 0)
        return try_memory_of(argument);
    if (strcmp(what, "signal") == 0)
        return result(kill(number_of(argument), 0));
    if (strcmp(what, "limit") == 0)
        return try_limit(argument);
    if (strcmp(what, "owner") == 0)
        return try_owner(argument);
    if (strcmp(what, "session") == 0)
        return result(setsid());
    if (strcmp(what, "group") == 0)
        return result(fork() == 0 ? setpgid(0, 0) : setpgid(0, getpid()));
    if (strcmp(what, "unshare") == 0)
        return result(syscall(SYS_unshare, 0x10000000L));
    if (strcmp(what, "deathless") == 0)
        return result(prctl(PR_SET_PDEATHSIG, 0));
    if (strcmp(what, "linger") == 0)
        return linger(argument[0]);
    return NULL;
}

static const char *try_other(const char *what, const char *argument)
{
    if (strcmp(what, "memory") == 0)
        return try_memory(argument, MAP_PRIVATE);
    if (strcmp(what, "shared") == 0)
        return try_memory(argument, MAP_SHARED);
    if (strcmp(what, "forks") == 0)
        return try_threads(argument);
    if (strcmp(what, "open") == 0)
        return list_open();
    if (strcmp(what, "environment") == 0)
        return list_environment();
    if (strcmp(what, "status") == 0)
        return show_status(argument);
    if (strcmp(what, "descriptor") == 0)
        return read_descriptor(argument);
    if (strcmp(what, "ignore-term") == 0) {
        ignore(SIGTERM);
        return "done";
    }
    if (strcmp(what, "print") == 0)
        return result(printf("%s\n", argument) + fflush(stdout));
    if (strcmp(what, "exit") == 0)
        _exit(number_of(argument));
    if (strcmp(what, "crash") == 0)
        abort();
    return NULL;
}

static void flood(void)
{
    static char bytes[65536];
    memset(bytes, 'x', sizeof(bytes));
    for (size_t i = 99; i < sizeof(bytes); i += 100)
        bytes[i] = '\n';
    while (write(STDOUT_FILENO, bytes, sizeof(bytes)) > 0)
        ;
}

static const char *do_one(char *line)
{
    char *argument = strchr(line, ' ');
    const char *told;
    if (argument == NULL)
        argument = line + strlen(line);
    else
        *argument++ = '\0';
    if ((told = try_files(line, argument)) == NULL && (told = try_network(line, argument)) == NULL &&
        (told = try_processes(line, argument)) == NULL && (told = try_other(line, argument)) == NULL) {
        if (strcmp(line, "flood") == 0)
            flood();
        told = "what?";
    }
    return told;
}

int main(void)
{
    static char line[65536]; /* the first has its document's settings in it */
    FILE *in = fdopen(3, "r");
    ignore(SIGXFSZ); /* to say EFBIG instead */
    bool is_first = true;
    while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        dprintf(3, "%s\n", is_first ? line : do_one(line));
        is_first = false;
    }
    return 0;
}
