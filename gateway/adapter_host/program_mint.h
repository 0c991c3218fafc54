/* The surface of an adapter (adapters/adapter.h) as calls of a program. Private to this room. */
#ifndef ADAPTER_HOST_PROGRAM_MINT_H
#define ADAPTER_HOST_PROGRAM_MINT_H

#include "program.h"

void program_mint(const struct adapter *adapter, const struct credential_order *order,
                  struct credential_minting *minting);
void program_revoke(const struct adapter *adapter, struct credential_withdrawal *withdrawal);
void program_validate(const struct adapter *adapter, struct settings_validation *validation);
void program_confirm(const struct adapter *adapter, struct credential_confirmation *confirmation);
void program_connect(const struct adapter *adapter, struct credential_connection *connection);

/* A target as the protocol has it, as a member of that name. */
void program_write_target(struct json_writer *writer, const struct credential_target *target);
void program_write_identity(struct json_writer *writer, const struct credential_identity *identity);
/* 64 hexadecimal digits in lower case in the arena; TEXT_NONE if it is no such text. */
struct text program_read_fingerprint(struct arena *arena, const struct json_value *value);

#endif
