/* Secrets have their own type: locked in memory and left out of core dumps where the system lets us, wiped when
 * freed, compared in constant time, and with no way to print them. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "base/text.h"

struct secret;

struct secret *secret_create(const void *bytes, size_t length); /* copies; the caller wipes its own copy */
const unsigned char *secret_bytes(const struct secret *secret);
size_t secret_length(const struct secret *secret);
void secret_destroy(struct secret *secret); /* wipes; NULL is fine */

/* From a file that is regular, no symbolic link and its owner's alone; line ends behind it are no part of it.
 * At most SECRET_FILE_BYTES_MAX. FILE_UNREADABLE for any other. */
enum { SECRET_FILE_BYTES_MAX = 4096 };
MUST_USE enum fault secret_read_file(const char *path, struct secret **secret);

void secret_wipe(void *bytes, size_t length);
/* Constant time in the contents; the lengths are not secret. */
bool secret_equal(const void *a, const void *b, size_t length);

void secret_cleanup(struct secret **secret);
#define SCOPED_SECRET __attribute__((cleanup(secret_cleanup))) struct secret *

#endif
