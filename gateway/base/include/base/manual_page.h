/* Manual pages in man(7), for groff and mandoc: what is written down elsewhere in tables, as `man` shows it.
 * Whatever is handed in is plain text; it is escaped here. */
#ifndef BASE_MANUAL_PAGE_H
#define BASE_MANUAL_PAGE_H

#include "base/buffer.h"

/* "dragoman", 1, "talks to a gateway": the title and the section NAME. The footer names this version, and no
 * date. */
void manual_page_begin(struct buffer *out, const char *name, int section, const char *what);
void manual_page_section(struct buffer *out, const char *title);
void manual_page_subsection(struct buffer *out, const char *title);
/* Paragraphs, apart from each other by an empty line. */
void manual_page_text(struct buffer *out, const char *text);
/* A term in bold, and beside or below it what it means. */
void manual_page_item(struct buffer *out, const char *term, const char *text);
/* Lines that stay as they are. */
void manual_page_example(struct buffer *out, const char *lines);

#endif
