/* dragoman adapter new. */
#include "commands/commands.h"
enum exit_code command_adapter_new(struct invocation *invocation)
{
    (void)invocation;
    return EXIT_CODE_REFUSED;
}
