/* dragoman-dev: a gateway to try things out with, complete on loopback: TLS, an identity server, another
 * domain's service. It takes no configuration and no configuration can start it. Runs until interrupted. */
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include "sandbox.h"

static const char help[] =
    "dragoman-dev: a sandbox gateway with an identity server and a partner service, on 127.0.0.1\n\n"
    "usage: dragoman-dev [--state DIRECTORY] [--adapters DIRECTORY] [--print-env FILE]\n\n"
    "  --state DIRECTORY  keep everything there; without it a private directory that is removed at the end\n"
    "  --adapters DIRECTORY  programs that documents of kind Adapter may name; only you or root may write "
    "there\n"
    "  --print-env FILE   also write what to export into FILE, once everything runs\n\n"
    "exit status: 0 after an interrupt, 1 when something does not start, 2 wrong usage\n";

static bool read_options(int argc, char **argv, struct sandbox_options *options)
{
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 < argc && strcmp(argv[i], "--state") == 0)
            options->state = argv[i + 1];
        else if (i + 1 < argc && strcmp(argv[i], "--adapters") == 0)
            options->adapters = argv[i + 1];
        else if (i + 1 < argc && strcmp(argv[i], "--print-env") == 0)
            options->environment_file = argv[i + 1];
        else
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct sandbox_options options = {.out = stdout};
    struct sandbox *sandbox;
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t signals;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return 0;
    }
    if (!read_options(argc, argv, &options)) {
        fputs(help, stderr);
        return 2;
    }
    /* Before any thread is there, so that all inherit it and the descriptor below gets the signal. */
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    if (sandbox_start(&options, &sandbox) != FAULT_NONE)
        return 1;
    printf("\nStop it with Ctrl-C.\n");
    fflush(stdout);
    int interrupt = signalfd(-1, &signals, SFD_CLOEXEC);
    sandbox_serve(sandbox, interrupt);
    printf("\nstopping\n");
    sandbox_stop(sandbox);
    return 0;
}
