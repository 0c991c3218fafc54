/* The SDK's own functions, on a socket whose other end nobody answers. */
#include "call_stage.h"

#include <stdio.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../../adapters/sdk/mistakes.h"

void call_stage_begin(struct call_stage *stage)
{
    int ends[2];
    *stage = (struct call_stage){.arena = arena_create()};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    channel_open(&stage->program.channel, ends[0]);
    stage->log_end = ends[1];
    stage->call.program = &stage->program;
    stage->call.arena = stage->arena;
}

void call_stage_end(struct call_stage *stage)
{
    int end = stage->program.channel.descriptor;
    channel_dispose(&stage->program.channel);
    close(end);
    close(stage->log_end);
    arena_destroy(stage->arena);
}

const struct json_value *call_stage_json(struct call_stage *stage, const char *document)
{
    const struct json_limits any = {.bytes = 1 << 20, .depth = 32, .members = 65536, .takes_nul = true};
    const struct json_value *value;
    char *copy = arena_allocate(stage->arena, strlen(document) + 1);
    for (size_t i = 0; document[i] != '\0'; i++)
        copy[i] = document[i];
    for (size_t i = 0; copy[i] != '\0'; i++)
        copy[i] = copy[i] == '\'' ? '"' : copy[i];
    if (json_parse(stage->arena, text_of(copy), &any, &value) != FAULT_NONE)
        fail_msg("no JSON: %s", copy);
    return value;
}

void call_stage_realm(struct call_stage *stage, const char *document, struct realm_settings *realm)
{
    struct adapter_mistakes *mistakes = adapter_mistakes_begin(&stage->call);
    realm_settings_read(mistakes, call_stage_json(stage, document), stage->arena, realm);
    call_stage_assert_mistake(stage, mistakes, document, NULL, NULL);
}

void call_stage_assert_mistake(struct call_stage *stage, const struct adapter_mistakes *mistakes,
                               const char *document, const char *path, const char *words)
{
    struct buffer out = buffer_in(stage->arena, 256);
    const struct json_value *answer;
    mistakes_write(mistakes, &out);
    assert_int_equal(json_parse(stage->arena, buffer_text(&out), &json_limits_document, &answer), FAULT_NONE);
    const struct json_value *list = json_member(answer, TEXT("mistakes"));
    if (path == NULL && list->count == 0)
        return;
    if (path == NULL || list->count != 1 || !text_is(json_text_of(list->first, "path"), path) ||
        !text_has(json_text_of(list->first, "message"), words))
        fail_msg("%s: %.*s", document, TEXT_ARGUMENTS(buffer_text(&out)));
}

struct text call_stage_log(struct call_stage *stage)
{
    char *log = arena_allocate(stage->arena, 16384);
    ssize_t length = recv(stage->log_end, log, 16383, MSG_DONTWAIT);
    return (struct text){log, length > 0 ? (size_t)length : 0};
}

bool text_has(struct text text, const char *words)
{
    return text.base != NULL && memmem(text.base, text.length, words, strlen(words)) != NULL;
}
