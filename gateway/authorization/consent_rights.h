/* What a consent that is given now is for: what is asked for, and what the same program may do already at the
 * same target, and may still. One consent takes the place of the other; where it had the new rights alone, an
 * agent that needs now these and now those would ask for ever. Used by the pages where people agree. */
#ifndef AUTHORIZATION_CONSENT_RIGHTS_H
#define AUTHORIZATION_CONSENT_RIGHTS_H

#include "person_call.h"

struct consent_rights {
    struct text target, program; /* metadata.name; as consents name it */
    struct text ended;           /* a consent that is known to be over whatever its row says, or TEXT_NONE */
    struct text before;          /* the one whose rights are kept; TEXT_NONE: none is */
    struct scope_set agreed;     /* those rights: of what the target offers no more nothing is */
};

/* Once the consents are read: as text. Each right was on a page that this person said yes to, or is on this
 * one. TEXT_NONE for none. */
struct text consent_rights_of(const struct person_call *call, struct text asked, struct consent_rights *rights);

#endif
