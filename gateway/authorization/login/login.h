/* The way of a browser to the issuer where its person logs in. */
#ifndef AUTHORIZATION_LOGIN_H
#define AUTHORIZATION_LOGIN_H

#include "exchange/gateway.h"
#include "transport/request.h"

/* Answers the request: sends the browser to the issuer to log in; afterwards it comes to return_path (ours,
 * fixed list: /consent, /connections, and /authorize with the query that it came with). */
void login_begin(struct gateway *gateway, struct request *request, struct text issuer_name,
                 struct text return_path);
/* The issuer of this name, if people log in there; NULL. */
const struct issuer *login_issuer(const struct world *world, struct text name);

#endif
