/* A throw-away certificate for tests: self-signed, for localhost, 127.0.0.1 and ::1. */
#ifndef KIT_CERTIFICATE_H
#define KIT_CERTIFICATE_H

/* Writes DIRECTORY/tls.crt and DIRECTORY/tls.key (mode 0600); clients take tls.crt as their CA file. Fails the
 * test if it cannot. */
void certificate_write(const char *directory);

#endif
