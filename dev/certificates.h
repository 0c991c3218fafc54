/* TLS for the sandbox: an authority made on the spot and one server certificate for loopback. The authority's
 * private key is dropped as soon as it has signed, so nobody can make a second certificate that the sandbox's
 * clients would believe. */
#ifndef DEV_CERTIFICATES_H
#define DEV_CERTIFICATES_H

#include <stdbool.h>

/* Writes three PEM files, the key owner-only. False when OpenSSL or the file system refuses. */
bool certificates_make(const char *authority_file, const char *certificate_file, const char *key_file);

#endif
