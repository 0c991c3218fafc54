/* dragoman(1): what people and scripts type. A program of its own that talks to a running gateway over its
 * public endpoints and its admin socket, and does token work offline; it never opens the store. The work is in
 * program.c. */
#include "program.h"

int main(int argc, char **argv)
{
    struct terminal terminal = terminal_standard();
    return (int)program_run(argc, argv, &terminal);
}
