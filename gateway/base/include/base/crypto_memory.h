/* What OpenSSL does when there is no memory: the same as everything here (base/arena.h), the process ends. Its
 * calls would report a failure that cannot be told from a signature that is wrong, and a good token would be
 * refused as forged. */
#ifndef BASE_CRYPTO_MEMORY_H
#define BASE_CRYPTO_MEMORY_H

/* Once, at the start of main(), before OpenSSL has allocated anything. */
void crypto_memory_ends_process(void);

#endif
