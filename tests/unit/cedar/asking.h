/* Evaluates expressions from text in one small world and says what came of them, for the tests of the
 * evaluator.
 *
 * Agent::"a" is the principal: risk 7, owner User::"u", in Team::"t", which is in Org::"o"; tagged env "prod".
 * Team::"t" has no attributes. Action::"read" is the action, in Action::"any". Doc::"none" is the resource and
 * does not exist. The context is {n: 1, s: "text", deep: {er: true}, set: [1, 2]}. */
#ifndef ASKING_H
#define ASKING_H

#include "cedar/authorizer.h"

struct asked {
    const char *expression;
    const char *answer; /* the value as source, or the sentence of the error */
    const char *place;  /* the part of the expression that failed; NULL: there is a value */
};

struct asking {
    struct arena *arena;
    struct cedar_entities *entities;
    struct cedar_request request;
};

void asking_begin(struct asking *asking, struct arena *arena);
const struct cedar_expression *expression_in(struct arena *arena, const char *text);
/* Prints and fails the test where one is answered otherwise. */
void assert_all_answered(const struct asked *asked, size_t count);
#define ASSERT_ALL_ANSWERED(asked) assert_all_answered((asked), sizeof(asked) / sizeof((asked)[0]))

#endif
