/* Method and path of a call that is to be decided about, and patterns that the path is held against. Whoever
 * answers the call reads the path again, in ways that differ: what could be read in more than one is refused,
 * never mended. Pure.
 */
#ifndef RELAY_CALL_PATH_H
#define RELAY_CALL_PATH_H

#include "base/arena.h"

enum { CALL_PATH_BYTES_MAX = 8192, CALL_METHOD_BYTES_MAX = 31 };

/* Capital letters and hyphens: methods are told apart by case (RFC 9110 section 9.1), and there are servers
 * that make "delete" the DELETE that a policy forbids. */
bool call_method_is_plain(struct text method);

/* Of a request target, with or without its query: the path with its escapes decoded. False for what does not
 * begin with a slash, is too long, has a fragment, a byte that has no place in a URL, a backslash, an escape
 * that is none or hides a delimiter ("%2F", "%5C", "%3B", "%3F", "%23", "%25") or a control character, what is
 * not UTF-8, an empty segment other than the last, and a segment that is one or two dots, whatever parameters
 * (";") follow them. */
bool call_path_read(struct arena *arena, struct text target, struct text *path);

/* "*" is one segment, "**" at the end any number of them, none included. A slash at the end makes no
 * difference.
 */
bool call_path_fits(struct text pattern, struct text path);

#endif
