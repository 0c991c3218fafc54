/* What stands where a directory stands and is none, in one of the ways in which servers fail, on loopback. */
#ifndef UNIT_KERBEROS_DIRECTORY_SERVER_H
#define UNIT_KERBEROS_DIRECTORY_SERVER_H

#include <stdint.h>

enum directory_way {
    DIRECTORY_SILENT, /* takes connections and what is sent, and says nothing */
    DIRECTORY_CLOSES, /* when it is asked */
    DIRECTORY_HALF,   /* the beginning of a message, then nothing */
    DIRECTORY_DRIPS,  /* a message of 16 KiB, a byte each 20 milliseconds */
    DIRECTORY_LARGE,  /* the beginning of a message of 256 MiB, and more of it as fast as it is taken */
    DIRECTORY_NONSENSE,
    DIRECTORY_ENTRIES,    /* without end */
    DIRECTORY_REFERS,     /* to the same port of 127.0.0.3, without end */
    DIRECTORY_SENDS_AWAY, /* the result is a referral to there */
    DIRECTORY_OLD_TLS     /* version 1.1, then silent; certificate: see directory_server_start */
};

struct directory_server;
/* folder has directory.crt and directory.key; NULL where there is no TLS. */
struct directory_server *directory_server_start(enum directory_way way, const char *folder);
uint16_t directory_server_port(const struct directory_server *server);
unsigned directory_server_connections(struct directory_server *server);
unsigned directory_server_strays(struct directory_server *server); /* those to 127.0.0.3 */
void directory_server_stop(struct directory_server *server);

#endif
