/* See refusal_words.h. */
#include "refusal_words.h"

#define UNREADABLE                                                                                             \
    "What your browser sent could not be read, so nothing was changed. Open the page again and try once more."

static const struct {
    enum fault fault;
    enum refusal_help help;
    const char *sentence;
} rows[] = {
    /* What was sent. */
    {FAULT_REQUEST_MALFORMED, HELP_IF_AGAIN, UNREADABLE},
    {FAULT_REQUEST_TOO_LARGE, HELP_IF_AGAIN,
     "Your browser sent more than this page takes, so nothing was changed. Open the page again and try once "
     "more."},
    {FAULT_REQUEST_MEDIA_TYPE, HELP_IF_AGAIN, UNREADABLE},
    {FAULT_PARAMETER_DOUBLED, HELP_IF_AGAIN,
     "What your browser sent says the same thing twice, so it was not used. Go back to the page before this "
     "one and try once more."},
    {FAULT_PARAMETER_TOO_MANY, HELP_IF_AGAIN, UNREADABLE},
    {FAULT_PARAMETER_INVALID, HELP_IF_AGAIN,
     "What your browser sent could not be used, so nothing was changed. Open the page again and try once "
     "more."},
    {FAULT_ADDRESS_RATE, HELP_NONE,
     "There were too many tries from where you are; they need not have been yours. Wait a minute, then try "
     "again."},
    {FAULT_BUDGET_RATE, HELP_NONE, "There were too many tries just now. Wait a minute, then try again."},
    /* What is here. */
    {FAULT_OVERLOADED, HELP_NONE, "Too much is going on here right now. Wait a minute, then try again."},
    {FAULT_STORE_UNAVAILABLE, HELP_IF_AGAIN,
     "Something could not be looked up or saved here just now. You did nothing wrong. Wait a minute, then try "
     "again."},
    {FAULT_STORE_CONFLICT, HELP_IF_AGAIN,
     "Something else was changed here at the same moment. Open the page again and try once more."},
    {FAULT_SEAL_BROKEN, HELP_NEEDED,
     "What is kept here about your connections cannot be read. You did nothing wrong, and trying again does "
     "not help until it is put right."},
    {FAULT_INTERNAL, HELP_NEEDED, "Something broke here. You did nothing wrong."},
    {FAULT_TARGET_DISABLED, HELP_IF_AGAIN,
     "This service is switched off here at the moment. You did nothing wrong. Try again later."},
    {FAULT_INTERACTION_UNAVAILABLE, HELP_NEEDED,
     "Logging in is not set up here for this link. You did nothing wrong, and trying again does not help until "
     "it is put right."},
    {FAULT_ISSUER_UNREACHABLE, HELP_IF_AGAIN,
     "The place where you log in cannot be reached or does not answer in time. Wait a minute, then try again."},
    /* What connects accounts. */
    {FAULT_ADAPTER_REFUSED, HELP_IF_AGAIN,
     "What came back from the service was not accepted here. Let your agent try again: it gets a new link for "
     "you."},
    {FAULT_CONNECTION_MISSING, HELP_IF_AGAIN,
     "The service says that it knows of no permission from you. Let your agent try again: it gets a new link "
     "for you."},
    {FAULT_ADAPTER_UNAVAILABLE, HELP_IF_AGAIN,
     "The service cannot be reached or does not answer in time. You did nothing wrong. Wait a minute, then let "
     "your agent try again: it gets a new link for you."},
    {FAULT_ADAPTER_PAUSED, HELP_IF_AGAIN,
     "The service failed several times just now, so it is left alone for a moment. You did nothing wrong. Wait "
     "a minute, then let your agent try again: it gets a new link for you."},
    {FAULT_ADAPTER_BUSY, HELP_IF_AGAIN,
     "Too many accounts are being connected right now. Wait a minute, then let your agent try again: it gets a "
     "new link for you."},
    {FAULT_ADAPTER_MISCONFIGURED, HELP_NEEDED,
     "This service is not set up rightly here. You did nothing wrong, and trying again does not help until it "
     "is put right."},
    {FAULT_ADAPTER_FAILED, HELP_NEEDED,
     "Something broke here while your account was being connected. You did nothing wrong."},
    {FAULT_CONNECTING_ANSWER, HELP_NEEDED,
     "The next step would lead to an address that is not safe to open, so you were not sent there. You did "
     "nothing wrong, and trying again does not help until it is put right."},
};

struct refusal_words refusal_words_of(enum fault fault)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].fault == fault)
            return (struct refusal_words){text_of(rows[i].sentence), rows[i].help};
    return (struct refusal_words){text_of(fault_row(fault)->sentence), HELP_NONE};
}

struct text refusal_advice(struct arena *arena, enum refusal_help help, struct text team, bool has_reference)
{
    if (help == HELP_NONE)
        return TEXT_NONE;
    return arena_print(arena, "%s %s%.*s%s%s",
                       help == HELP_IF_AGAIN ? "If it happens again, tell" : "Please tell",
                       team.length != 0 ? "the team " : "whoever runs this gateway", TEXT_ARGUMENTS(team),
                       team.length != 0 ? ", which set this service up here" : "",
                       has_reference ? ", and give them the reference below: with it they can look up what "
                                       "happened."
                                     : ", and say when it happened.");
}
