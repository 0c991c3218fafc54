/* The program: vendor_key.c under the SDK. */
#include "vendor_key.h"

int main(void)
{
    return adapter_run(&vendor_key_definition);
}
