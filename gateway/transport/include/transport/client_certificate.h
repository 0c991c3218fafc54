/* A client's certificate, of which somebody who is believed says that the client has proved its key: our own
 * TLS, or a terminator (struct server_terminators). What is in it, as RFC 8705 needs it. */
#ifndef TRANSPORT_CLIENT_CERTIFICATE_H
#define TRANSPORT_CLIENT_CERTIFICATE_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/fault.h"
#include "transport/request.h"

enum certificate_name_kind {
    CERTIFICATE_SUBJECT, /* RFC 4514, as OpenSSL writes it (-nameopt rfc2253) */
    CERTIFICATE_DNS,
    CERTIFICATE_URI,
    CERTIFICATE_IP, /* numeric, as inet_ntop writes it */
    CERTIFICATE_EMAIL,
};
struct certificate_name {
    enum certificate_name_kind kind;
    struct text value;
};
enum { CERTIFICATE_NAMES_MAX = 64 };

struct client_certificate {
    /* An authority that is configured vouches for the names, or the terminator has seen to that. false: only
     * the key is proved. */
    bool is_verified;
    unsigned char thumbprint[DIGEST_SIZE]; /* SHA-256 of its DER: x5t#S256 of RFC 8705 section 3.1 */
    struct certificate_name names[CERTIFICATE_NAMES_MAX];
    size_t name_count;
};

/* *certificate is NULL where there is none, and lives in the arena. FORWARDED_UNCLEAR: what a terminator says
 * of it can be read in none or several ways. */
MUST_USE enum fault request_client_certificate(const struct request *request, struct arena *arena,
                                               const struct client_certificate **certificate);
/* Letters of DNS names in either case (RFC 4343), everything else byte for byte. */
bool client_certificate_has(const struct client_certificate *certificate, enum certificate_name_kind kind,
                            struct text value);

#endif
