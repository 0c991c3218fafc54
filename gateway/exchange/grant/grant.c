/* The table of grants. */
#include "grant.h"

#include "exchange/token_exchange.h"

static const struct grant *const grants[] = {&token_exchange_grant, &client_credentials_grant,
                                             &jwt_bearer_grant};

enum { GRANT_COUNT = sizeof(grants) / sizeof(grants[0]) };

const char *token_exchange_grant_type(size_t index)
{
    return index < GRANT_COUNT ? grants[index]->name : NULL;
}

const struct grant *grant_named(struct text grant_type)
{
    for (size_t i = 0; i < GRANT_COUNT; i++)
        if (text_is(grant_type, grants[i]->name))
            return grants[i];
    return NULL;
}
