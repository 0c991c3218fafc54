/* Lays out and prints tables; see table.h. The widest column that may gives way when a line does not fit. */
#include "table.h"

#include <string.h>

enum { COLUMN_GAP = 2, COLUMN_LEAST = 8 };

struct table table_create(struct arena *arena, const char *const *headings, unsigned columns)
{
    struct table table = {.arena = arena, .columns = columns};
    for (unsigned i = 0; i < columns; i++)
        table.headings[i] = headings[i];
    return table;
}

void table_add(struct table *table, const struct text *cells)
{
    if (table->rows == table->capacity) {
        size_t capacity = table->capacity == 0 ? 16 : table->capacity * 2;
        struct text *grown = ARENA_ARRAY(table->arena, struct text, capacity * table->columns);
        if (table->rows != 0)
            memcpy(grown, table->cells, table->rows * table->columns * sizeof(*grown));
        table->cells = grown;
        table->capacity = capacity;
    }
    for (unsigned i = 0; i < table->columns; i++)
        table->cells[table->rows * table->columns + i] =
            cells[i].length == 0 ? TEXT("-") : terminal_clean(table->arena, cells[i]);
    table->rows++;
}

static void measure(const struct table *table, unsigned *widths)
{
    for (unsigned i = 0; i < table->columns; i++) {
        widths[i] = (unsigned)strlen(table->headings[i]);
        for (size_t row = 0; row < table->rows; row++) {
            unsigned columns = terminal_columns(table->cells[row * table->columns + i]);
            widths[i] = columns > widths[i] ? columns : widths[i];
        }
    }
}

static void shrink(const struct table *table, unsigned *widths, unsigned limit)
{
    unsigned total = 0;
    for (unsigned i = 0; i < table->columns; i++)
        total += widths[i] + COLUMN_GAP;
    while (limit != 0 && total > limit + COLUMN_GAP && table->kept < table->columns) {
        unsigned widest = table->kept;
        for (unsigned i = table->kept; i < table->columns; i++)
            widest = widths[i] > widths[widest] ? i : widest;
        if (widths[widest] <= COLUMN_LEAST)
            return;
        widths[widest]--;
        total--;
    }
}

/* A cell, cut where it is too long, padded unless it is the last. */
static void print_cell(const struct terminal *terminal, struct text cell, unsigned width, bool is_last)
{
    unsigned columns = terminal_columns(cell);
    if (columns > width) {
        const char *sign = terminal_sign(terminal, "…", "~");
        size_t bytes = 0;
        for (unsigned kept = 0; bytes < cell.length; bytes++) {
            kept += ((unsigned char)cell.base[bytes] & 0xc0) != 0x80;
            if (kept == width)
                break;
        }
        fprintf(terminal->out, "%.*s%s", (int)bytes, cell.base, sign);
        columns = width;
    } else {
        fprintf(terminal->out, "%.*s", TEXT_ARGUMENTS(cell));
    }
    if (!is_last)
        fprintf(terminal->out, "%*s", (int)(width - columns + COLUMN_GAP), "");
}

void table_print(const struct table *table, const struct terminal *terminal)
{
    unsigned widths[TABLE_COLUMNS_MAX];
    measure(table, widths);
    shrink(table, widths, terminal->width);
    fputs(terminal_ink(terminal, terminal->out, INK_BOLD), terminal->out);
    for (unsigned i = 0; i < table->columns; i++)
        print_cell(terminal, text_of(table->headings[i]), widths[i], i + 1 == table->columns);
    fprintf(terminal->out, "%s\n", terminal_ink(terminal, terminal->out, INK_PLAIN));
    for (size_t row = 0; row < table->rows; row++) {
        for (unsigned i = 0; i < table->columns; i++)
            print_cell(terminal, table->cells[row * table->columns + i], widths[i], i + 1 == table->columns);
        fputc('\n', terminal->out);
    }
}
