/* The program: kerberos.c under the SDK. */
#include "kerberos.h"

int main(void)
{
    return adapter_run(&kerberos_definition);
}
