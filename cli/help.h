/* Help at every level, all from the command table: the overview, one noun's verbs, one command, and the whole
 * reference as the Markdown page docs/reference/cli.md and as a manual page. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "command.h"

void help_overview(const struct terminal *terminal, FILE *stream);
void help_noun(const struct terminal *terminal, FILE *stream, const char *noun);
void help_command(const struct terminal *terminal, FILE *stream, const struct command *command);
void help_reference(FILE *stream);
/* dragoman(1) as a manual page. */
void help_manual_page(FILE *stream);

#endif
