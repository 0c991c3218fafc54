/* The pages of the public listener at which people log in, connect accounts, consent, and see and end what they
 * agreed to. Each takes its request over and answers it exactly once, with a page. */
#ifndef AUTHORIZATION_AUTHORIZATION_H
#define AUTHORIZATION_AUTHORIZATION_H

#include "exchange/gateway.h"
#include "transport/request.h"

void connect_page(struct gateway *gateway, struct request *request);          /* /connect/TICKET */
void connect_callback(struct gateway *gateway, struct request *request);      /* /connect/callback/TARGET */
void consent_page(struct gateway *gateway, struct request *request);          /* /consent */
void connections_page(struct gateway *gateway, struct request *request);      /* /connections */
void disconnect_page(struct gateway *gateway, struct request *request);       /* /connections/disconnect */
void login_page(struct gateway *gateway, struct request *request);            /* /login, /login/NAME */
void login_callback(struct gateway *gateway, struct request *request);        /* /login/callback/NAME */
void logout_page(struct gateway *gateway, struct request *request);           /* /logout */
void registration_endpoint(struct gateway *gateway, struct request *request); /* /register; answers JSON */
void authorize_page(struct gateway *gateway, struct request *request);        /* /authorize */

#endif
