/* A borrowed run of bytes: the string type of the project. Not zero-terminated unless its maker says so; never
 * owned. It lives as long as what it points into (an arena, a request, a literal). */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    const char *base;
    size_t length;
};

#define TEXT(literal) ((struct text){(literal), sizeof(literal) - 1})
#define TEXT_NONE     ((struct text){NULL, 0})
/* For printf's "%.*s". */
#define TEXT_ARGUMENTS(text) (int)(text).length, (text).length != 0 ? (text).base : ""

struct text text_of(const char *zero_terminated); /* NULL gives TEXT_NONE */
bool text_equal(struct text a, struct text b);
bool text_is(struct text text, const char *zero_terminated);
bool text_equal_ignoring_case(struct text a, struct text b); /* ASCII only */
bool text_starts_with(struct text text, struct text prefix);
bool text_ends_with(struct text text, struct text suffix);
int text_compare(struct text a, struct text b); /* byte order, for sorting */

/* Cuts the part before the first separator off the front of *rest and returns it; without a separator returns
 * all and leaves *rest empty with base NULL. */
struct text text_cut(struct text *rest, char separator);

/* Without the spaces and tabs around it (OWS of RFC 9110 section 5.6.3). */
struct text text_trim(struct text text);

/* At most so many bytes from the front; what is well-formed UTF-8 stays so. */
struct text text_beginning(struct text text, size_t most);

/* Of a Content-Type, whatever its parameters are (RFC 9110 section 8.3.1). */
bool text_is_media_type(struct text content_type, struct text media_type);

/* 0 to 15, or -1. */
int text_hexadecimal_value(char digit);

/* "90s", "5m", "1h", "7d": at most nine digits and a unit. */
bool text_to_bytes(struct text text, int64_t *bytes); /* "16KiB", "4MiB", "1GiB"; not without unit */
bool text_to_seconds(struct text text, int64_t *seconds);

/* Whole text as a decimal number with optional minus; false if it is anything else or does not fit. */
bool text_to_int64(struct text text, int64_t *number);

/* Well-formed UTF-8 (RFC 3629: no overlongs, no surrogates, at most U+10FFFF). */
bool text_is_utf8(struct text text);
/* UTF-8 without control characters (U+0000-001F, U+007F-009F) and without U+2028/2029 or bidi overrides. */
bool text_is_printable(struct text text);
/* The same in several lines: line feeds and tabs besides. */
bool text_is_printable_lines(struct text text);
/* A token (RFC 9110 section 5.6.2): the name of a header, a method, a scheme. */
bool text_is_token(struct text text);
/* A URI with a scheme (RFC 3986 section 3): scheme ":" and at least one more character, URI characters and
 * whole percent escapes only. A fragment is for the caller to refuse. */
bool text_is_absolute_uri(struct text text);

/* Levenshtein distance, for "did you mean"; both at most 64 bytes, otherwise returns a large number. */
unsigned text_distance(struct text a, struct text b);

#endif
