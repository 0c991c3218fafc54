/* Signing keys in a PKCS#11 token. A vendor's module is loaded by a process of its own, the key holder, which a
 * worker starts before it confines itself: what crashes, waits or reads files there does so there. */
#ifndef TOKEN_TOKEN_H
#define TOKEN_TOKEN_H

#include "base/fault.h"
#include "keys/key_token.h"

enum { TOKEN_DETAIL_SIZE = 600, TOKEN_LABEL_MAX = 32 };

struct token_settings {
    const char *module; /* absolute */
    const char *label;
    const char *pin_file;
};

/* Starts the key holder and waits until it has opened the token. FILE_UNREADABLE or KEY_UNAVAILABLE with a
 * detail of TOKEN_DETAIL_SIZE bytes. link: for token_open, which may come after the worker's confinement. */
MUST_USE enum fault token_start(const struct token_settings *settings, int *link, char *detail);
/* Takes the link. Usable from every loop; its close ends the key holder. */
struct key_token *token_open(int link);

/* The key holder itself: until nobody is at the other end of descriptor 3. Returns the exit status; 2 when no
 * worker started it. */
int token_holder_run(void);

#endif
