/* From settings to the keeper: the guard that lets its own collector through and nobody else, and the file with
 * headers, which are secrets. */
#include "traces.h"

#include "base/secret.h"

static enum fault complain(struct buffer *mistakes, const char *what, struct text detail, enum fault fault)
{
    buffer_print(mistakes, "tracing.%s: %.*s\n", what, TEXT_ARGUMENTS(detail));
    return fault;
}

enum fault traces_make(const struct gateway_document *gateway, struct arena *arena, struct loop *const *loops,
                       size_t count, struct trace_keeper **keeper, struct buffer *mistakes)
{
    const struct tracing_document *settings = &gateway->tracing;
    struct trace_keeper_options options = {.url = settings->url,
                                           .ca_file =
                                               settings->ca_file.length != 0 ? settings->ca_file.base : NULL,
                                           .percent = (unsigned)settings->percent,
                                           .timeout_ms = settings->timeout_s * 1000,
                                           .version = DRAGOMAN_VERSION};
    size_t bad;
    if (settings->url.length == 0)
        return FAULT_NONE;
    if (address_guard_create(arena, settings->allow.items, settings->allow.count, &options.guard, &bad) !=
        FAULT_NONE)
        return complain(mistakes, "allowAddresses", settings->allow.items[bad], FAULT_DOCUMENT_INVALID);
    struct text file = settings->headers_file;
    if (file.length != 0 && secret_read_file(file.base, &options.headers) != FAULT_NONE)
        return complain(mistakes, "headersFile, which must be a regular file that is its owner's alone", file,
                        FAULT_FILE_UNREADABLE);
    enum fault fault = trace_keeper_create(loops, count, &options, keeper);
    return fault == FAULT_NONE
               ? FAULT_NONE
               : complain(mistakes, "headersFile, which must hold lines of Name: value", file, fault);
}
