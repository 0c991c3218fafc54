/* Bytes and syntax. Checking all bytes first keeps lines exact (only a line feed ends one) and leaves libyaml's
 * reader nothing to find; its scanner's and parser's sentences are replaced by ones that say what to do. */
#include "tree_syntax.h"

#include <string.h>

#include "mistake.h"

enum { DIRECTIVES_MAX = 16 };

static const char *const marks[] = {"\xef\xbb\xbf", "\xef\xbf\xbe", "\xef\xbf\xbf"};

bool tree_syntax_has_mark(struct text text)
{
    for (size_t i = 0; i + 3 <= text.length; i++)
        for (size_t mark = 0; mark < sizeof(marks) / sizeof(marks[0]); mark++)
            if (memcmp(text.base + i, marks[mark], 3) == 0)
                return true;
    return false;
}

/* Bytes of the character at the start of text; 0 if it is not one that may stand in a document. */
static size_t character_length(struct text text)
{
    for (size_t length = 1; length <= 4 && length <= text.length; length++) {
        struct text character = {text.base, length};
        if (!text_is_utf8(character))
            continue;
        bool is_space = text.base[0] == '\n' || text.base[0] == '\t' ||
                        (text.base[0] == '\r' && text.length > 1 && text.base[1] == '\n');
        return is_space || (text_is_printable(character) && !tree_syntax_has_mark(character)) ? length : 0;
    }
    return 0;
}

bool tree_syntax_check_bytes(struct documents *documents, struct text source, struct text content)
{
    if (content.length > DOCUMENTS_BYTES_MAX) {
        mistake_add(documents, source, 0, 0, "larger than 1 MiB; split it into several files");
        return false;
    }
    unsigned line = 1, column = 1, directives = 0;
    for (size_t position = 0; position < content.length; column++) {
        struct text rest = {content.base + position, content.length - position};
        size_t length = character_length(rest);
        if (length == 0) {
            mistake_add(
                documents, source, line, column,
                "byte 0x%02x begins no character that may stand here; documents are UTF-8 text without control "
                "characters and without marks that turn the direction of writing",
                (unsigned)(unsigned char)rest.base[0]);
            return false;
        }
        directives += column == 1 && rest.base[0] == '%';
        if (directives > DIRECTIVES_MAX) { /* libyaml holds each against all before it */
            mistake_add(documents, source, line, column, "more than %d lines that begin with %%",
                        DIRECTIVES_MAX);
            return false;
        }
        if (rest.base[0] == '\n') {
            line++;
            column = 0;
        }
        position += length;
    }
    return true;
}

static const struct {
    const char *problem; /* libyaml's */
    const char *sentence;
} explanations[] = {
    {"found a tab character that violates indentation", "a tab cannot indent; use spaces"},
    {"found a tab character where an indentation space is expected", "a tab cannot indent; use spaces"},
    {"found character that cannot start any token", "a value that begins with this character must be quoted"},
    {"mapping values are not allowed in this context",
     "a colon cannot stand here; check the indentation, and quote a value that has \": \" in it"},
    {"did not find expected ',' or ']'", "expected \",\" or \"]\" to go on with or close a list"},
    {"did not find expected ',' or '}'", "expected \",\" or \"}\" to go on with or close a mapping"},
    {"did not find expected node content", "expected a value, or the end of a list or mapping"},
    {"did not find expected key", "expected a name and a colon; check the indentation"},
    {"could not find expected ':'", "expected a colon after this name"},
    {"did not find expected '-' indicator", "expected \"- \" as before the other items; check the indentation"},
    {"block sequence entries are not allowed in this context",
     "\"- \" cannot stand here; check the indentation"},
    {"found unexpected end of stream", "a quoted text is not closed"},
    {"found unexpected document indicator", "a quoted text is not closed"},
    {"found unknown escape character",
     "this \\ escape is not known; quote with ' instead of \" to keep the \\"},
    {"did not find expected hexdecimal number", "expected hexadecimal digits after this \\ escape"},
    {"found invalid Unicode character escape code",
     "\\u cannot write half a character (a surrogate); write the character itself"},
    {"did not find expected <document start>",
     "expected the end of the document, or \"---\" before the next one"},
};

static bool is_tab(const struct tree_reader *reader, const yaml_mark_t *mark)
{
    struct text rest = reader->content, line = TEXT_NONE;
    for (size_t i = 0; i <= mark->line && rest.base != NULL; i++)
        line = text_cut(&rest, '\n');
    return mark->column < line.length && line.base[mark->column] == '\t';
}

unsigned tree_syntax_line(const struct tree_reader *reader)
{
    return (unsigned)reader->parser.problem_mark.line + reader->lines_before + 1;
}

void tree_syntax_explain(struct tree_reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    const char *problem = parser->problem != NULL ? parser->problem : "the parser gave up";
    const char *sentence = problem;
    for (size_t i = 0; i < sizeof(explanations) / sizeof(explanations[0]); i++)
        if (strcmp(problem, explanations[i].problem) == 0)
            sentence = explanations[i].sentence;
    if (is_tab(reader, &parser->problem_mark))
        sentence = "a tab cannot indent; use spaces";
    unsigned line = tree_syntax_line(reader), column = (unsigned)parser->problem_mark.column + 1;
    unsigned begun = (unsigned)parser->context_mark.line + reader->lines_before + 1;
    if (parser->context != NULL && begun != line)
        mistake_add(reader->documents, reader->source, line, column, "%s (in what begins in line %u)", sentence,
                    begun);
    else
        mistake_add(reader->documents, reader->source, line, column, "%s", sentence);
}
