/* A PKCS#11 module and one token of it, logged in. In the key holder alone. */
#ifndef TOKEN_MODULE_H
#define TOKEN_MODULE_H

#include "token_message.h"

struct token_module;

/* Blocking, as everything of it. NULL with a detail of TOKEN_DETAIL_SIZE bytes. */
struct token_module *token_module_open(const struct token_start *start, char *detail);
/* For one thread each. */
struct token_session *token_session_open(struct token_module *module, char *detail);
/* Fills in the answer, but for its id. A session that the token has ended is opened again, once. */
void token_session_answer(struct token_session *session, const struct token_request *request,
                          struct token_answer *answer);

#endif
