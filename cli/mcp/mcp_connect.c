/* dragoman mcp connect: an MCP server behind HTTP and a login, for clients that start a program and speak to
 * its standard input and output. What the options mean; the work is in shim.c. */
#include "commands/commands.h"
#include "shim.h"
#include "shim_resource.h"

static enum exit_code complain_usage(const struct invocation *invocation, const char *what, const char *next)
{
    terminal_complain(invocation->terminal, text_of(what), TEXT_NONE, text_of(next));
    return EXIT_CODE_USAGE;
}

/* Tokens go there: without TLS that is for this machine alone. */
static bool is_safe(struct text url)
{
    struct text host = shim_host_of(url);
    bool is_here = text_is(host, "127.0.0.1") || text_is(host, "localhost") || text_is(host, "[::1");
    return host.length != 0 &&
           (text_starts_with(url, TEXT("https://")) || (is_here && text_starts_with(url, TEXT("http://"))));
}

static enum exit_code check_options(const struct invocation *invocation)
{
    const char *file = invocation_option(invocation, "token-file");
    const char *issuer = invocation_option(invocation, "issuer");
    if (!is_safe(text_of(invocation->arguments[0])))
        return complain_usage(invocation, "the server's URL does not start with https://",
                              "name the endpoint itself, such as https://gateway.example:8444/mcp/files");
    if (file != NULL && text_is(text_of(file), "-"))
        return complain_usage(invocation, "standard input is the client's here",
                              "name a file with --token-file");
    if (issuer != NULL && !text_starts_with(text_of(issuer), TEXT("https://")))
        return complain_usage(invocation, "the issuer's URL does not start with https://", NULL);
    return EXIT_CODE_FINE;
}

static struct text option_text(const struct invocation *invocation, const char *name, const char *otherwise)
{
    const char *value = invocation_option(invocation, name);
    return text_of(value != NULL ? value : otherwise);
}

enum exit_code command_mcp_connect(struct invocation *invocation)
{
    enum exit_code code = check_options(invocation);
    if (code != EXIT_CODE_FINE)
        return code;
    struct shim shim = {
        .invocation = invocation,
        .server = text_of(invocation->arguments[0]),
        .token_file = invocation_option(invocation, "token-file"),
        .client_id = option_text(invocation, "client-id", "dragoman-cli"),
        .allowed_issuer = option_text(invocation, "issuer", NULL),
        .asked_scope = option_text(invocation, "scope", NULL),
        .opens_browser = !invocation_has(invocation, "no-browser"),
        .remembers = invocation_has(invocation, "remember"),
    };
    code = shim_credential_open(&shim);
    return code != EXIT_CODE_FINE ? code : shim_run(&shim);
}
