/* Mistakes: kept in order, worded for people. */
#include "mistake.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"

enum { QUOTED_MAX = 60, KNOWN_LISTED_MAX = 12, SENTENCE_MAX = 1024 };

static bool is_known(const struct documents *documents, const struct mistake *mistake)
{
    if (documents->mistake_count == 0)
        return false;
    const struct mistake *last = &documents->mistakes[documents->mistake_count - 1];
    return last->line == mistake->line && last->column == mistake->column &&
           text_equal(last->source, mistake->source) && text_equal(last->sentence, mistake->sentence);
}

static void keep(struct documents *documents, const struct mistake *mistake)
{
    if (documents->mistake_count == documents->mistake_capacity) {
        size_t capacity = documents->mistake_capacity == 0 ? 16 : 2 * documents->mistake_capacity;
        struct mistake *all = ARENA_ARRAY(documents->arena, struct mistake, capacity);
        if (documents->mistake_count != 0)
            memcpy(all, documents->mistakes, documents->mistake_count * sizeof(*all));
        documents->mistakes = all;
        documents->mistake_capacity = capacity;
    }
    documents->mistakes[documents->mistake_count++] = *mistake;
}

void mistake_add(struct documents *documents, struct text source, unsigned line, unsigned column,
                 const char *format, ...)
{
    if (documents->mistake_count >= DOCUMENTS_MISTAKES_MAX)
        return;
    char sentence[SENTENCE_MAX];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    INVARIANT(length >= 0);
    struct text words = {sentence, (size_t)length < sizeof(sentence) ? (size_t)length : sizeof(sentence) - 1};
    while (!text_is_utf8(words)) /* the cut may have gone through a character */
        words.length--;
    if (documents->mistake_count == DOCUMENTS_MISTAKES_MAX - 1)
        words = TEXT("there are more mistakes than are listed; correct these first");
    struct mistake mistake = {.source = source, .line = line, .column = column, .sentence = words};
    if (is_known(documents, &mistake))
        return;
    mistake.source = arena_copy(documents->arena, source);
    mistake.sentence = arena_copy(documents->arena, words);
    keep(documents, &mistake);
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
