/* The presets: a row each, for grant_table.c. */
#ifndef SAAS_OAUTH_PRESETS_H
#define SAAS_OAUTH_PRESETS_H

#include "grant.h"

#endif
