/* A table for people: columns as wide as their cells, the last ones cut where the terminal is narrower. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "terminal.h"

enum { TABLE_COLUMNS_MAX = 10 };

struct table {
    struct arena *arena;
    const char *headings[TABLE_COLUMNS_MAX];
    unsigned columns;
    unsigned kept;      /* so many of the first columns are never cut: names that people copy */
    struct text *cells; /* row by row */
    size_t rows, capacity;
};

struct table table_create(struct arena *arena, const char *const *headings, unsigned columns);
/* One cell per column; foreign text is cleaned here. TEXT_NONE shows as "-". */
void table_add(struct table *table, const struct text *cells);
void table_print(const struct table *table, const struct terminal *terminal);

#endif
