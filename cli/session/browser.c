/* xdg-open, as a grandchild: it may stay as long as the browser does, and nobody is to wait for it. */
#include "browser.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Its output would go where a protocol or a person's terminal is. */
static void leave_streams(void)
{
    int nowhere = open("/dev/null", O_RDWR);
    for (int stream = 0; nowhere >= 0 && stream <= 2; stream++)
        dup2(nowhere, stream);
}

static void run_detached(const char *url)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    if (fork() != 0)
        _exit(0);
    leave_streams();
    execlp("xdg-open", "xdg-open", url, (char *)NULL);
    _exit(127);
}

void browser_open(struct text url)
{
    /* Handed to a program: nothing but an address of the web is one, and none begins with a dash. */
    if (!text_starts_with(url, TEXT("https://")) || !text_is_absolute_uri(url))
        return;
    pid_t child = fork();
    if (child == 0)
        run_detached(url.base);
    if (child > 0)
        waitpid(child, NULL, 0);
}
