/* Kerberos messages as they stand on a TCP connection: four bytes of length and DER behind them (RFC 4120
 * section 7.2.2). Pure; only as much of the DER is read as tells what kind of message it is. */
#ifndef KERBEROS_RELAY_KDC_MESSAGE_H
#define KERBEROS_RELAY_KDC_MESSAGE_H

#include "base/fault.h"
#include "base/text.h"

enum { KDC_LENGTH_SIZE = 4, KDC_REQUEST_MAX = 64 * 1024, KDC_ANSWER_MAX = 1024 * 1024 };

/* False for no bytes, for more than most, and where the reserved high bit is set. */
MUST_USE bool kdc_length_read(const unsigned char bytes[KDC_LENGTH_SIZE], size_t most, size_t *length);

/* An AS-REQ or a TGS-REQ by its outermost tag, whose length is that of the message. */
MUST_USE bool kdc_is_request(struct text message);

enum kdc_answer_kind {
    KDC_NO_ANSWER,         /* nothing that a KDC answers with */
    KDC_ANSWER,            /* AS-REP, TGS-REP or KRB-ERROR: what the KDC has to say */
    KDC_ANSWER_UNAVAILABLE /* KRB-ERROR with KDC_ERR_SVC_UNAVAILABLE: another KDC is to be asked */
};
enum kdc_answer_kind kdc_answer_kind(struct text message);

#endif
