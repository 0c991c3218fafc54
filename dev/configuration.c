/* Writes the sandbox's configuration; see configuration.h. Everything the tour shows is decided by these
 * documents, and `dragoman explain` points at their lines. */
#include "configuration.h"

#include <stdio.h>

#include "base/buffer.h"

static void write_gateway(struct buffer *out, const struct configuration *configuration)
{
    buffer_print(out,
                 "# Written by dragoman-dev for this run. Loopback only; nothing here is fit for anything but "
                 "trying out.\n"
                 "kind: Gateway\n"
                 "metadata: {name: sandbox}\n"
                 "spec:\n"
                 "  issuer: https://127.0.0.1:%u\n"
                 "  listen: [\"127.0.0.1:%u\"]\n"
                 "  tls: {certificateFile: server.crt, keyFile: server.key}\n"
                 "  store: {sqlite: store/dragoman.sqlite}\n"
                 "  sealing: {keyFile: sealing.key}\n"
                 "  adminSocket: admin.sock\n"
                 "  outbound: {caFile: ca.crt, allowAddresses: [127.0.0.0/8]}\n"
                 "  egress: {listen: [\"127.0.0.1:%u\"]}\n",
                 configuration->gateway_port, configuration->gateway_port, configuration->egress_port);
    if (configuration->adapters != NULL)
        buffer_print(out,
                     "  adapters: {directories: [\"%s\"], interpreters: [/usr/bin/python3, /usr/bin/node]}\n",
                     configuration->adapters);
}

static void write_domains(struct buffer *out)
{
    buffer_print(out, "---\n"
                      "# Two companies. Identities of corp may leave for partner, never the other way.\n"
                      "kind: Domain\n"
                      "metadata: {name: corp}\n"
                      "spec: {leavesFor: [partner]}\n"
                      "---\n"
                      "kind: Domain\n"
                      "metadata: {name: partner}\n"
                      "spec: {leavesFor: []}\n"
                      "---\n"
                      "# For what you add yourself.\n"
                      "kind: Domain\n"
                      "metadata: {name: local}\n"
                      "spec: {leavesFor: []}\n");
}

static void write_issuers(struct buffer *out, const struct configuration *configuration)
{
    buffer_print(out,
                 "---\n"
                 "# Where corp's people log in.\n"
                 "kind: Issuer\n"
                 "metadata: {name: corp-idp, team: identity}\n"
                 "spec:\n"
                 "  domain: corp\n"
                 "  issuer: %.*s/corp\n"
                 "  audiences: [\"https://127.0.0.1:%u\"]\n"
                 "  algorithms: [RS256]\n"
                 "  tokenTypes: [access_token, jwt]\n"
                 "  maximumAge: 1h\n"
                 "  claims: {subject: sub, attributes: {email: email}}\n"
                 "---\n"
                 "# Where corp's workloads run. Its tokens prove who an agent is.\n"
                 "kind: Issuer\n"
                 "metadata: {name: cluster, team: platform}\n"
                 "spec:\n"
                 "  domain: corp\n"
                 "  issuer: %.*s/cluster\n"
                 "  audiences: [\"https://127.0.0.1:%u\"]\n"
                 "  algorithms: [ES256]\n"
                 "  tokenTypes: [jwt]\n"
                 "  platform: true\n",
                 TEXT_ARGUMENTS(configuration->fixture_url), configuration->gateway_port,
                 TEXT_ARGUMENTS(configuration->fixture_url), configuration->gateway_port);
}

static void write_agents_and_targets(struct buffer *out, const struct configuration *configuration)
{
    buffer_print(out,
                 "---\n"
                 "# The billing agents: whoever runs as this service account. There is no secret and nothing "
                 "registered.\n"
                 "kind: AgentClass\n"
                 "metadata: {name: billing-agents, team: payments}\n"
                 "spec:\n"
                 "  issuer: cluster\n"
                 "  match:\n"
                 "    sub: \"system:serviceaccount:agents:billing\"\n"
                 "    '\"kubernetes.io\".namespace': agents\n"
                 "  audiences: [\"https://127.0.0.1:%u\"]\n"
                 "  maximumLifetime: 5m\n"
                 "---\n"
                 "# The partner's order service.\n"
                 "kind: Target\n"
                 "metadata: {name: partner-orders, team: payments}\n"
                 "spec:\n"
                 "  domain: partner\n"
                 "  audiences: [\"" CONFIGURATION_AUDIENCE "\"]\n"
                 "  resources: [\"%.*s/orders\"]\n"
                 "  token: {algorithm: ES256, type: at+jwt, claims: {email: email}}\n"
                 "  scopes: [\"orders:read\", \"orders:write\"]\n"
                 "  maximumLifetime: 5m\n"
                 "  accepts: {issuers: [corp-idp], clients: [billing-agents]}\n",
                 configuration->gateway_port, TEXT_ARGUMENTS(configuration->partner_url));
}

bool configuration_write(const struct configuration *configuration)
{
    SCOPED_BUFFER out = {0};
    write_gateway(&out, configuration);
    write_domains(&out);
    write_issuers(&out, configuration);
    write_agents_and_targets(&out, configuration);
    FILE *file = fopen(configuration->file, "we");
    if (file == NULL)
        return false;
    bool is_written = fwrite(out.base, 1, out.length, file) == out.length;
    return fclose(file) == 0 && is_written;
}
