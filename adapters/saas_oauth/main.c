/* The program: saas_oauth.c under the SDK. */
#include "saas_oauth.h"

int main(void)
{
    return adapter_run(&saas_oauth_definition);
}
