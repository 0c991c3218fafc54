/* Files and standard input; see input.h. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/secret.h"

static const char standard_input[] = "standard input";

static enum exit_code complain(const struct invocation *invocation, const char *path, const char *why)
{
    terminal_complain(
        invocation->terminal, arena_print(invocation->arena, "%s cannot be read", path), text_of(why),
        path == standard_input ? TEXT("pipe into it what is wanted, or redirect a file: < FILE") : TEXT_NONE);
    return EXIT_CODE_REFUSED;
}

static enum exit_code read_stream(const struct invocation *invocation, const char *path, FILE *stream,
                                  size_t limit, struct text *content)
{
    SCOPED_BUFFER read = {0};
    char piece[4096];
    size_t length;
    /* Behind its end a terminal is not read again: whoever typed would have to end it twice. */
    while (feof(stream) == 0 && (length = fread(piece, 1, sizeof(piece), stream)) != 0 && read.length <= limit)
        buffer_append(&read, (struct text){piece, length});
    secret_wipe(piece, sizeof(piece));
    if (ferror(stream) != 0)
        return complain(invocation, path, strerror(errno));
    if (read.length > limit)
        return complain(invocation, path,
                        arena_print(invocation->arena, "it is larger than %zu KiB", limit / 1024).base);
    *content = arena_copy(invocation->arena, buffer_text(&read));
    return EXIT_CODE_FINE;
}

enum exit_code input_read(const struct invocation *invocation, const char *path, size_t limit,
                          struct text *content)
{
    if (strcmp(path, "-") == 0)
        return read_stream(invocation, standard_input, invocation->terminal->in, limit, content);
    FILE *stream = fopen(path, "rbe");
    struct stat status;
    if (stream == NULL)
        return complain(invocation, path, strerror(errno));
    enum exit_code code = EXIT_CODE_REFUSED;
    if (fstat(fileno(stream), &status) == 0 && S_ISDIR(status.st_mode))
        complain(invocation, path, "it is a directory");
    else
        code = read_stream(invocation, path, stream, limit, content);
    fclose(stream);
    return code;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

enum exit_code input_read_secret(const struct invocation *invocation, const char *path, struct text *secret)
{
    struct stat status;
    enum exit_code code = input_read(invocation, path, INPUT_TOKEN_MAX, secret);
    if (code != EXIT_CODE_FINE)
        return code;
    if (strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
        (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        terminal_warn(invocation->terminal,
                      arena_print(invocation->arena, "others may read %s; chmod 600 keeps it yours", path));
    while (secret->length != 0 && is_space(secret->base[secret->length - 1]))
        secret->length--;
    while (secret->length != 0 && is_space(secret->base[0])) {
        secret->base++;
        secret->length--;
    }
    if (secret->length == 0)
        return complain(invocation, strcmp(path, "-") == 0 ? standard_input : path, "it is empty");
    return EXIT_CODE_FINE;
}
