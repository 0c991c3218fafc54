/* What the parts of ticket_reader have in common: see ticket_reader.c. Each function writes what it found to
 * the standard output, a line each, "name value"; an entry begins with the line "entry". Whatever fails ends
 * the program. */
#ifndef TICKET_READER_TICKET_READER_H
#define TICKET_READER_TICKET_READER_H

#include <krb5.h>

struct bytes {
    char *data;
    size_t length;
};

_Noreturn void give_up(const char *what, const char *why);
/* Ends the program unless the code is 0. */
void must(krb5_context context, krb5_error_code code, const char *what);
struct bytes read_whole_file(const char *path);

/* entries.c: every entry, and the inside of the tickets where there is a keytab. */
void print_cache(krb5_context context, const char *name, krb5_keytab keytab);
void print_message(krb5_context context, const char *path, krb5_keytab keytab);
void write_message(krb5_context context, const char *cache, const char *path);
void print_ticket(krb5_context context, const char *prefix, const krb5_ticket *ticket);

/* tokens.c: what a service with these keys learns from a token, of SPNEGO or Kerberos alone; and a token for a
 * service (HTTP@host) from the cache that KRB5CCNAME names. binding: a file with the application's part of the
 * channel binding, or NULL. */
void print_token(krb5_context context, const char *path, const char *keytab, const char *binding);
void write_token(const char *service, const char *path, const char *binding);

#endif
