/* Targets of calls: the first line a target's path, the rest a query. A path that is taken has no way up, and
 * what is sent to the upstream is, read anew, the path that was decided on. */
#include <string.h>

#include "egress/upstream_request.h"
#include "relay/call_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct text upstream = {"https://h/base", 14};

static void check_segments(struct text path)
{
    INVARIANT(path.length != 0 && path.base[0] == '/');
    INVARIANT(text_is_utf8(path) && text_is_printable(path));
    INVARIANT(memchr(path.base, '\\', path.length) == NULL && memchr(path.base, '%', path.length) == NULL);
    struct text rest = {path.base + 1, path.length - 1};
    while (rest.base != NULL) {
        struct text segment = text_cut(&rest, '/');
        struct text name = text_cut(&segment, ';');
        INVARIANT(!text_is(name, ".") && !text_is(name, ".."));
        INVARIANT(name.length != 0 || rest.base == NULL);
    }
}

static void check_sent(struct arena *arena, struct text path, struct text query)
{
    struct text url, again;
    if (upstream_url(arena, upstream, path, query, &url) != FAULT_NONE)
        return;
    INVARIANT(text_starts_with(url, upstream));
    for (size_t i = 0; i < url.length; i++)
        INVARIANT((unsigned char)url.base[i] > ' ' && (unsigned char)url.base[i] < 0x7f && url.base[i] != '#');
    struct text sent = {url.base + upstream.length, url.length - upstream.length};
    if (text_is(path, "/")) {
        INVARIANT(sent.length == 0 || sent.base[0] == '?');
        return;
    }
    if (sent.length <= CALL_PATH_BYTES_MAX) /* escapes make it longer than a caller may send */
        INVARIANT(call_path_read(arena, sent, &again) && text_equal(again, path));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    SCOPED_ARENA arena = arena_create();
    struct text query = {(const char *)bytes, size}, path;
    struct text target = text_cut(&query, '\n');
    if (!call_path_read(arena, target, &path))
        return 0;
    check_segments(path);
    INVARIANT(call_path_fits(TEXT("/**"), path));
    INVARIANT(call_path_fits(path, path) || memchr(path.base, '*', path.length) != NULL);
    check_sent(arena, path, query);
    return 0;
}
