/* Where the endpoints of a server's authorization server are, looked up for settings that say `discover`: the
 * server is asked who protects it (RFC 9728), that has to be the issuer of the settings, and the issuer is
 * asked for its endpoints (RFC 8414, OpenID Connect Discovery). Whom to believe is never learned from an
 * answer. What was found is remembered for an hour at most, for all gateways; called before anything is asked
 * of the other side. */
#ifndef SAAS_OAUTH_DISCOVERY_H
#define SAAS_OAUTH_DISCOVERY_H

#include "dragoman/adapter_tools.h"
#include "settings.h"

/* Fills in what settings leave out. is_fresh: what was made by what is remembered was refused, so it is looked
 * up anew. Nothing is done where settings say no `discover`. */
MUST_USE enum adapter_outcome discovery_fill(struct adapter_call *call, const struct adapter_target *target,
                                             bool is_fresh, struct oauth_settings *settings);
/* The same where something is only taken back: the server may have gone, or name another issuer by now. */
MUST_USE enum adapter_outcome discovery_fill_revocation(struct adapter_call *call,
                                                        const struct adapter_target *target,
                                                        struct oauth_settings *settings);

#endif
