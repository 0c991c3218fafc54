/* Arguments of a call as policies see them. A tool may have arguments of any size and number; of those that no
 * policy asks for nothing is taken, so the bounds are about what is asked for. */
#include "policy/mcp_facts.h"

#include "policy/policy_book.h"
#include "json/json_pointer.h"

struct gathering {
    struct arena *arena;
    const struct policy_book *book;
    bool takes_all;
    struct policy_argument *arguments;
    size_t count;
    struct text mistake;
};

static void complain(struct gathering *gathering, struct text pointer, const char *sentence)
{
    if (gathering->mistake.length == 0)
        gathering->mistake = arena_print(gathering->arena, "argument %.*s: %s",
                                         TEXT_ARGUMENTS(text_beginning(pointer, 64)), sentence);
}

static bool is_scalar(const struct json_value *value)
{
    return value->kind == JSON_STRING || value->kind == JSON_NUMBER || value->kind == JSON_BOOLEAN;
}

static struct text text_of_scalar(const struct json_value *value)
{
    if (value->kind == JSON_BOOLEAN)
        return value->boolean ? TEXT("true") : TEXT("false");
    return value->text;
}

static void take(struct gathering *gathering, struct text pointer, const struct json_value *value)
{
    bool is_asked = policy_book_asks_attribute(gathering->book, pointer);
    if (!is_asked && !gathering->takes_all)
        return;
    struct policy_argument argument = {.value = text_of_scalar(value), .is_recorded = is_asked};
    if (gathering->count == POLICY_ARGUMENTS_MAX) {
        complain(gathering, pointer, "there are more arguments than policies can look at");
        return;
    }
    if (argument.value.length > POLICY_ARGUMENT_BYTES_MAX || pointer.length > POLICY_POINTER_BYTES_MAX) {
        complain(gathering, pointer, "it is longer than policies can look at");
        return;
    }
    argument.is_number = value->kind == JSON_NUMBER && json_integer(value, &argument.number);
    if (is_asked && value->kind == JSON_NUMBER && !argument.is_number &&
        policy_book_reads_numbers(gathering->book))
        complain(gathering, pointer, "it is no whole number that policies could compare");
    argument.pointer = arena_copy(gathering->arena, pointer);
    gathering->arguments[gathering->count++] = argument;
}

/* No deeper than the parser lets it be. */
static void walk(struct gathering *gathering, struct buffer *pointer, const struct json_value *value)
{
    size_t place = 0, before = pointer->length;
    for (const struct json_value *one = value->first; one != NULL; one = one->next, place++) {
        if (value->kind == JSON_OBJECT)
            json_pointer_append(pointer, one->name);
        else
            buffer_print(pointer, "/%zu", place);
        if (is_scalar(one))
            take(gathering, buffer_text(pointer), one);
        else if (one->kind != JSON_NULL)
            walk(gathering, pointer, one);
        pointer->length = before;
    }
}

enum fault policy_mcp_gather(struct arena *arena, const struct policy_book *book,
                             const struct json_value *arguments, bool takes_all, struct policy_mcp *mcp,
                             struct text *mistake)
{
    SCOPED_BUFFER pointer = {0};
    struct gathering gathering = {.arena = arena, .book = book, .takes_all = takes_all};
    if (arguments == NULL || (!takes_all && !policy_book_asks_any_tag(book)))
        return FAULT_NONE;
    gathering.arguments = ARENA_ARRAY(arena, struct policy_argument, POLICY_ARGUMENTS_MAX);
    walk(&gathering, &pointer, arguments);
    mcp->arguments = gathering.arguments;
    mcp->argument_count = gathering.count;
    *mistake = gathering.mistake;
    return gathering.mistake.length == 0 ? FAULT_NONE : FAULT_POLICY_ERROR;
}
