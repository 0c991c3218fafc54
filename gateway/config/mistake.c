/* Mistakes: kept in order, worded for people. */
#include "mistake.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"

enum { QUOTED_MAX = 60, KNOWN_LISTED_MAX = 12, SENTENCE_MAX = 1024 };

/* One of the two lists of a set. */
struct kept {
    struct mistake **items;
    size_t *count, *capacity;
};

static bool is_known(const struct kept *kept, const struct mistake *mistake)
{
    if (*kept->count == 0)
        return false;
    const struct mistake *last = &(*kept->items)[*kept->count - 1];
    return last->line == mistake->line && last->column == mistake->column &&
           text_equal(last->source, mistake->source) && text_equal(last->sentence, mistake->sentence);
}

static void keep(struct arena *arena, const struct kept *kept, const struct mistake *mistake)
{
    if (*kept->count == *kept->capacity) {
        size_t capacity = *kept->capacity == 0 ? 16 : 2 * *kept->capacity;
        struct mistake *all = ARENA_ARRAY(arena, struct mistake, capacity);
        if (*kept->count != 0)
            memcpy(all, *kept->items, *kept->count * sizeof(*all));
        *kept->items = all;
        *kept->capacity = capacity;
    }
    (*kept->items)[(*kept->count)++] = *mistake;
}

__attribute__((format(printf, 4, 0))) static void
add(struct arena *arena, const struct kept *kept, struct mistake mistake, const char *format, va_list arguments)
{
    char sentence[SENTENCE_MAX];
    if (*kept->count >= DOCUMENTS_MISTAKES_MAX)
        return;
    int length = vsnprintf(sentence, sizeof(sentence), format, arguments);
    INVARIANT(length >= 0);
    struct text words = {sentence, (size_t)length < sizeof(sentence) ? (size_t)length : sizeof(sentence) - 1};
    while (!text_is_utf8(words)) /* the cut may have gone through a character */
        words.length--;
    if (*kept->count == DOCUMENTS_MISTAKES_MAX - 1)
        words = TEXT("there are more mistakes than are listed; correct these first");
    mistake.sentence = words;
    if (is_known(kept, &mistake))
        return;
    mistake.source = arena_copy(arena, mistake.source);
    mistake.sentence = arena_copy(arena, words);
    keep(arena, kept, &mistake);
}

void mistake_add(struct documents *documents, struct text source, unsigned line, unsigned column,
                 const char *format, ...)
{
    const struct kept mistakes = {&documents->mistakes, &documents->mistake_count,
                                  &documents->mistake_capacity};
    va_list arguments;
    va_start(arguments, format);
    add(documents->arena, &mistakes, (struct mistake){.source = source, .line = line, .column = column}, format,
        arguments);
    va_end(arguments);
}

void mistake_add_warning(struct documents *documents, struct text source, unsigned line, unsigned column,
                         const char *format, ...)
{
    const struct kept warnings = {&documents->warnings, &documents->warning_count,
                                  &documents->warning_capacity};
    va_list arguments;
    va_start(arguments, format);
    add(documents->arena, &warnings, (struct mistake){.source = source, .line = line, .column = column}, format,
        arguments);
    va_end(arguments);
}

static bool stands_before(const struct mistake *a, const struct mistake *b)
{
    int order = text_compare(a->source, b->source);
    if (order != 0)
        return order < 0;
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* By insertion: stable, and there are at most DOCUMENTS_MISTAKES_MAX. The note that ends a full list stays its
 * end. */
void mistake_sort(struct documents *documents, size_t from)
{
    bool is_full = documents->mistake_count == DOCUMENTS_MISTAKES_MAX;
    for (size_t i = from + 1; i + is_full < documents->mistake_count; i++) {
        struct mistake mistake = documents->mistakes[i];
        size_t place = i;
        for (; place > from && stands_before(&mistake, &documents->mistakes[place - 1]); place--)
            documents->mistakes[place] = documents->mistakes[place - 1];
        documents->mistakes[place] = mistake;
    }
}

struct text mistake_quote(struct arena *arena, struct text value)
{
    if (!text_is_printable(value))
        return TEXT("text with control characters");
    if (value.length <= QUOTED_MAX)
        return arena_print(arena, "\"%.*s\"", TEXT_ARGUMENTS(value));
    struct text start = {value.base, QUOTED_MAX};
    while (!text_is_utf8(start))
        start.length--;
    return arena_print(arena, "\"%.*s…\"", TEXT_ARGUMENTS(start));
}

struct text mistake_found(struct arena *arena, const struct tree_node *node)
{
    switch (node->kind) {
    case TREE_BOOLEAN:
        return node->text;
    case TREE_NUMBER:
        return arena_print(arena, "the number %.*s",
                           (int)(node->text.length < QUOTED_MAX ? node->text.length : QUOTED_MAX),
                           node->text.base);
    case TREE_TEXT:
        return mistake_quote(arena, node->text);
    case TREE_LINES:
        return TEXT("text of several lines");
    case TREE_LIST:
        return TEXT("a list");
    case TREE_MAP:
        return TEXT("a mapping");
    case TREE_BROKEN:
    case TREE_NULL:
        break;
    }
    return TEXT("nothing");
}

static struct text list_known(struct arena *arena, const struct text *known, size_t count)
{
    if (count == 0 || count > KNOWN_LISTED_MAX)
        return TEXT("");
    SCOPED_BUFFER list = {0};
    for (size_t i = 0; i < count; i++)
        buffer_print(&list, "%s%.*s", i == 0 ? "; known: " : ", ", TEXT_ARGUMENTS(known[i]));
    return arena_copy(arena, buffer_text(&list));
}

struct text mistake_nearest(struct arena *arena, struct text name, const struct text *known, size_t count)
{
    struct text nearest = nearest_name(arena, name, known, count);
    if (nearest.base != NULL)
        return arena_print(arena, "; did you mean \"%.*s\"?", TEXT_ARGUMENTS(nearest));
    return list_known(arena, known, count);
}
