/* The program behind main(): one command line in, one exit status out, everything said through the terminal it
 * is given. Apart from main.c so that tests can run whole command lines. */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include "command.h"

enum exit_code program_run(int argc, char **argv, struct terminal *terminal);

#endif
