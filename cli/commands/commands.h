/* One function per command, for the table; each lives in the file of its noun, in the folder of what it is
 * about or, where there is no more about it than that, here. */
#ifndef CLI_COMMANDS_COMMANDS_H
#define CLI_COMMANDS_COMMANDS_H

#include "command.h"

enum exit_code command_login(struct invocation *invocation);
enum exit_code command_logout(struct invocation *invocation);
enum exit_code command_mcp_connect(struct invocation *invocation);
enum exit_code command_exchange(struct invocation *invocation);
enum exit_code command_apply(struct invocation *invocation);
enum exit_code command_get(struct invocation *invocation);
enum exit_code command_diff(struct invocation *invocation);
enum exit_code command_delete(struct invocation *invocation);
enum exit_code command_config_show(struct invocation *invocation);
enum exit_code command_adapter_list(struct invocation *invocation);
enum exit_code command_top(struct invocation *invocation);
enum exit_code command_key_list(struct invocation *invocation);
enum exit_code command_key_rotate(struct invocation *invocation);
enum exit_code command_key_revoke(struct invocation *invocation);
enum exit_code command_seal_status(struct invocation *invocation);
enum exit_code command_unseal(struct invocation *invocation);
enum exit_code command_connection_show(struct invocation *invocation);
enum exit_code command_connection_add(struct invocation *invocation);
enum exit_code command_connection_remove(struct invocation *invocation);
enum exit_code command_mcp_tools(struct invocation *invocation);
enum exit_code command_mcp_confirm(struct invocation *invocation);
enum exit_code command_lease_list(struct invocation *invocation);
enum exit_code command_lease_show(struct invocation *invocation);
enum exit_code command_kill(struct invocation *invocation);
enum exit_code command_kill_list(struct invocation *invocation);
enum exit_code command_lift(struct invocation *invocation);
enum exit_code command_trace(struct invocation *invocation);
enum exit_code command_explain(struct invocation *invocation);
enum exit_code command_token_inspect(struct invocation *invocation);
enum exit_code command_token_verify(struct invocation *invocation);
enum exit_code command_issuer_add(struct invocation *invocation);
enum exit_code command_issuer_fixture(struct invocation *invocation);
enum exit_code command_gateway_test(struct invocation *invocation);
enum exit_code command_policy_authorize(struct invocation *invocation);
enum exit_code command_policy_validate(struct invocation *invocation);
enum exit_code command_policy_schema(struct invocation *invocation);
enum exit_code command_policy_test(struct invocation *invocation);
enum exit_code command_policy_replay(struct invocation *invocation);
enum exit_code command_policy_convert(struct invocation *invocation);
enum exit_code command_adapter_test(struct invocation *invocation);
enum exit_code command_adapter_new(struct invocation *invocation);
enum exit_code command_doctor(struct invocation *invocation);
enum exit_code command_completion(struct invocation *invocation);
enum exit_code command_version(struct invocation *invocation);

#endif
