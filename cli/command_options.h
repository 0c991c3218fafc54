/* The options that commands have of their own; those they share are command.h's. Only the table of commands
 * reads these. */
#ifndef CLI_COMMAND_OPTIONS_H
#define CLI_COMMAND_OPTIONS_H

#include "command.h"

extern const struct option exchange_options[], mcp_confirm_options[], unseal_options[], top_options[],
    file_options[], apply_options[], delete_options[], login_options[], mcp_options[], connection_options[],
    disconnection_options[], rotate_options[], lease_options[], kill_options[], kill_list_options[],
    lift_options[], verify_options[], issuer_options[], fixture_options[], gateway_test_options[],
    authorize_options[], validate_options[], convert_options[], replay_options[], adapter_test_options[],
    adapter_new_options[], config_show_options[];

#endif
