/* What policies looked at when they decided, for people: who, at what risk, with which attributes and which
 * login, what was held and how often. Part of explain. */
#ifndef CLI_RECORDS_EXPLAINED_FACTS_H
#define CLI_RECORDS_EXPLAINED_FACTS_H

#include "command.h"
#include "json/json_value.h"

/* Of a whole record; prints nothing where it has no facts. */
void explained_facts_print(const struct invocation *invocation, const struct json_value *record);

#endif
