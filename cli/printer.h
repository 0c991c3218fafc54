/* Prints JSON for people and for scripts: indented JSON or YAML. Control characters are escaped in both and
 * bidirectional overrides in JSON, so that a hostile token can be looked at. */
#ifndef CLI_PRINTER_H
#define CLI_PRINTER_H

#include "command.h"
#include "json/json_value.h"

void printer_json(FILE *stream, const struct json_value *value, unsigned indent);
/* In the invocation's output format (table counts as JSON), with a newline at the end. */
void printer_print(const struct invocation *invocation, const struct json_value *value);
/* The same, where a table was not asked for: false leaves it to the caller to make one. */
bool printer_print_instead(const struct invocation *invocation, const struct json_value *value);

#endif
