/* What the two files that read a schema's grammar share: a reader with one word of lookahead, and types. */
#ifndef CEDAR_SCHEMA_GRAMMAR_H
#define CEDAR_SCHEMA_GRAMMAR_H

#include "schema/schema_lexer.h"
#include "schema/schema_written.h"

enum { SCHEMA_DEPTH_MAX = 128 }; /* of types written inside each other */

struct schema_reader {
    struct schema_lexer lexer;
    struct schema_token token; /* the next one, not yet taken */
    unsigned depth;
};

MUST_USE enum fault schema_reader_take(struct schema_reader *reader); /* on to the next token */
bool schema_reader_at(const struct schema_reader *reader, char mark);
bool schema_reader_at_word(const struct schema_reader *reader, const char *word);
/* Takes the mark, or says that wanted was expected and what stands there instead. */
MUST_USE enum fault schema_reader_expect(struct schema_reader *reader, char mark, const char *wanted);
enum fault schema_reader_unexpected(struct schema_reader *reader, const char *wanted);

/* A name that is no reserved word. wanted: "the name of an entity type". */
MUST_USE enum fault schema_read_identifier(struct schema_reader *reader, const char *wanted,
                                           struct schema_token *name);
/* The same, or a string. */
MUST_USE enum fault schema_read_name(struct schema_reader *reader, const char *wanted,
                                     struct schema_token *name);
MUST_USE enum fault schema_read_path(struct schema_reader *reader, const char *wanted,
                                     struct written_path *path);
/* After one name: the "::name" that may follow; stops in front of a "::" with a string behind it. */
MUST_USE enum fault schema_read_path_rest(struct schema_reader *reader, const struct schema_token *first,
                                          struct written_path *path, bool *has_string);
MUST_USE enum fault schema_read_annotations(struct schema_reader *reader);
MUST_USE enum fault schema_read_type(struct schema_reader *reader, const struct written_type **type);
/* From "{" to "}". */
MUST_USE enum fault schema_read_record(struct schema_reader *reader, const struct written_type **type);

#endif
