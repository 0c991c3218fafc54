/* A YAML or JSON stream as trees that know where each value stood: the strict subset that documents are written
 * in. No anchors, aliases, tags, directives, merge keys or doubled keys; true and false are the only booleans.
 * Not a general YAML reader. Read by documents.c, bound by document_binding.c. */
#ifndef CONFIG_TREE_H
#define CONFIG_TREE_H

#include <yaml.h>

#include "config/documents.h"

enum tree_kind {
    TREE_BROKEN, /* already a mistake; whoever reads on stays silent about it */
    TREE_NULL,
    TREE_BOOLEAN,
    TREE_NUMBER,
    TREE_TEXT,
    TREE_LINES, /* text of several lines, or with tabs: allowed in one place, see tree_refuse_lines() */
    TREE_LIST,
    TREE_MAP,
};

struct tree_node {
    enum tree_kind kind;
    struct text text; /* of a scalar, as written and unescaped; zero-terminated */
    unsigned line, column;
    struct text name; /* of a member in its mapping; TEXT_NONE elsewhere */
    unsigned name_line, name_column;
    unsigned text_line, text_indent; /* of a literal block: where its first line stands; 0 for any other text */
    unsigned count;                  /* members or items */
    struct tree_node *first, *next;
};

struct tree_reader {
    struct documents *documents; /* gets the mistakes, gives the arena */
    struct text source;
    struct text content;   /* what is left from where the parser began */
    unsigned lines_before; /* of content in the source */
    struct text ahead;     /* content from line ahead_line on: a place that moves with the parser */
    unsigned ahead_line;
    unsigned document_line, document_count;
    size_t mistakes_before; /* when the document began: later ones are its own */
    bool is_finished;
    yaml_parser_t parser;
};

void tree_reader_open(struct tree_reader *reader, struct documents *documents, struct text source,
                      struct text content);
/* The next document that has any content, or NULL at the end. After a syntax error reading goes on at the next
 * "---". */
struct tree_node *tree_reader_next(struct tree_reader *reader);
void tree_reader_close(struct tree_reader *reader);

/* Lines are a mistake everywhere but at one node and in it, and broken from then on. NULL for nowhere. */
void tree_refuse_lines(struct documents *documents, struct text source, struct tree_node *root,
                       const struct tree_node *except);

/* One value of our own tables, such as a default. */
struct tree_node *tree_of_literal(struct arena *arena, const char *yaml);
const struct tree_node *tree_member(const struct tree_node *map, struct text name);
/* For changing a mapping: what leads to the member of that name, or the end, where it would stand. */
struct tree_node **tree_link(struct tree_node *map, struct text name);
/* By names parted by '.'; the deepest node on the way that exists. */
const struct tree_node *tree_nearest(const struct tree_node *root, const char *path);
/* The same by a JSON pointer (RFC 6901); settings_mistake.c. */
const struct tree_node *tree_at_pointer(struct arena *arena, const struct tree_node *root, struct text pointer);
/* A copy in which one node, by its address, is another. */
struct tree_node *tree_copy_with(struct arena *arena, const struct tree_node *root,
                                 const struct tree_node *replaced, const struct tree_node *by);

#endif
