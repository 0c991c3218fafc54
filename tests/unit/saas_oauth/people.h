/* Settings of a target at which people connect accounts, and one connected. */
#ifndef SAAS_OAUTH_TEST_PEOPLE_H
#define SAAS_OAUTH_TEST_PEOPLE_H

#include "stage.h"

#define CONNECTED                                                                                              \
    "{\"grant\":\"connected\",\"tokenEndpoint\":\"@/token\",\"authorizationEndpoint\":\"https://"              \
    "login.example/auth\","                                                                                    \
    "\"revocationEndpoint\":\"@/revoke\",\"issuer\":\"https://login.example\",\"clientId\":\"dragoman\","      \
    "\"authentication\":\"none\",\"scopes\":{\"read\":\"files.read\",\"write\":\"files.write\"},\"connect\":{" \
    "\"scopes\":\"offline_access\",\"parameters\":{\"prompt\":\"consent\"}}}"

#define ALICE        ",\"subject\":{\"issuer\":\"https://idp.example\",\"subject\":\"alice\"}"
#define REDIRECT_URI "https://gw.example/connect/callback/t"

/* connect_begin for read; go_to and keep, which are copies. */
void people_begin(struct stage *stage, const char *settings, const char *state, struct text *go_to,
                  struct text *keep);
/* connect_finish with this state, keep and these answers. */
int64_t people_finish(struct stage *stage, const char *settings, const char *state, struct text keep,
                      const char *answers, const struct json_value **answer);
/* Both, with a refresh token RT-1 and an access token that ends at once. */
void people_connect(struct stage *stage);

#endif
