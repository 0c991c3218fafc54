/* The commands, one row each; their options are command_options.c's. Help, dispatch and docs/reference/cli.md
 * read this; a new command is a row here and a function for commands/commands.h. Exit codes: command.h. */
#include "command_options.h"
#include "commands/commands.h"

/* clang-format off */
const struct command command_table[] = {
    {"exchange", NULL, NULL, 0, 0, OPTIONS_GATEWAY | OPTIONS_OUTPUT, exchange_options,
     "Exchange a token for one that another domain accepts",
     "Shows the gateway a user's token (the subject token) and who is asking, and\n"
     "prints the token it gives for the target. The token goes to standard output,\n"
     "what it is to standard error. A refusal names the exchange, and explain shows\n"
     "which check said no.",
     "  dragoman exchange --audience https://orders.partner.example \\\n"
     "      --subject-token-file user.jwt --client-assertion-file platform.jwt --scope orders:read\n"
     "  dragoman exchange --audience https://orders.partner.example --client-id orders-agent \\\n"
     "      --client-secret-file secret --subject-token-file - --dry-run < user.jwt\n",
     command_exchange},
    {"login", NULL, NULL, 0, 0, OPTIONS_GATEWAY, login_options,
     "Begin a session of a gateway's admin API",
     "Prints the address of a login at your identity provider, waits for the browser\n"
     "to come back to this machine, and shows the gateway the token that this gives.\n"
     "Team documents say what its bearer may do. The session is kept in\n"
     "$XDG_STATE_HOME/dragoman/session.json or ~/.local/state, for your user alone.\n"
     "Pipelines bring the token they have with --token-file.",
     "  dragoman login --gateway https://gateway.example:8444 --issuer https://login.example --client-id dragoman-cli\n"
     "  dragoman login --gateway https://gateway.example:8444 --token-file - < ci.jwt\n",
     command_login},
    {"logout", NULL, NULL, 0, 0, OPTIONS_GATEWAY, NULL,
     "End the session",
     "At the gateway, at once, and here.",
     "  dragoman logout\n",
     command_logout},
    {"mcp", "connect", "SERVER_URL", 1, 1, 0, mcp_options,
     "Connect a desktop agent to an MCP server behind a login",
     "For clients that start a program and speak MCP with it on standard input and\n"
     "output: what they write goes to the server over HTTPS, what the server sends\n"
     "comes back, in either generation of the protocol. When the server wants a token,\n"
     "a login is opened in your browser, again when the token has expired or a call\n"
     "needs more; its address is on standard error too. Whom you may log in at is\n"
     "yours to say: without --issuer only an authorization server at the server's own\n"
     "host will do. Tokens stay in memory, or with --remember in\n"
     "$XDG_STATE_HOME/dragoman/mcp.json or ~/.local/state, for your user alone.\n"
     "Programs without a person bring the token they have with --token-file.",
     "  dragoman mcp connect https://gateway.example:8444/mcp/files --issuer https://gateway.example\n"
     "  in an editor: {\"mcpServers\": {\"files\": {\"command\": \"dragoman\",\n"
     "      \"args\": [\"mcp\", \"connect\", \"https://gateway.example:8444/mcp/files\"]}}}\n",
     command_mcp_connect},
    {"apply", NULL, NULL, 0, 0, OPTIONS_ADMIN | OPTIONS_OUTPUT, apply_options,
     "Create or change documents, all or nothing",
     "Checks the documents here and in the gateway, and asks adapters about their\n"
     "settings; a single mistake anywhere and nothing changes. What is applied is in\n"
     "force for the next request. With a session of one team, that team owns what is\n"
     "created without metadata.team.",
     "  dragoman apply -f issuer.yaml -f target.yaml\n"
     "  dragoman apply --prune --dry-run -f documents/\n"
     "  dragoman get target acme-target -o yaml | sed s/5m/2m/ | dragoman apply --dry-run -f -\n",
     command_apply},
    {"get", NULL, "[KIND [NAME]]", 0, 2, OPTIONS_ADMIN | OPTIONS_OUTPUT, NULL,
     "Show documents",
     "KIND is Domain, Issuer, AgentClass, Client, Target, Adapter, Policy, Combination,\n"
     "Team or Gateway, in any case. With -o yaml what is printed can be applied again.",
     "  dragoman get\n"
     "  dragoman get issuers\n"
     "  dragoman get target partner-orders -o yaml\n",
     command_get},
    {"diff", NULL, NULL, 0, 0, OPTIONS_ADMIN | OPTIONS_OUTPUT, file_options,
     "Show what apply would change",
     "Compares documents with those in the gateway, line by line. The exit status\n"
     "is 0 when nothing differs and 1 when something does.",
     "  dragoman diff -f target.yaml\n",
     command_diff},
    {"delete", NULL, "KIND NAME", 2, 2, OPTIONS_ADMIN | OPTIONS_OUTPUT, delete_options,
     "Delete a document",
     "Refused for documents that came from a file, while others refer to it, and for\n"
     "targets with live leases unless --cascade ends them.",
     "  dragoman delete target partner-orders\n",
     command_delete},
    {"key", "list", NULL, 0, 0, OPTIONS_ADMIN | OPTIONS_OUTPUT, NULL,
     "List the gateway's signing keys",
     "A key is published before it signs, active while it signs, and retired until\n"
     "the last thing it signed has expired. A revoked key is out at once.",
     "  dragoman key list\n",
     command_key_list},
    {"key", "rotate", NULL, 0, 0, OPTIONS_ADMIN | OPTIONS_OUTPUT, rotate_options,
     "Publish a new signing key that takes over soon",
     "The new key is published at once and signs once verifiers have had time to\n"
     "fetch it; the old one then verifies until what it signed has expired.",
     "  dragoman key rotate --algorithm ES256\n",
     command_key_rotate},
    {"key", "revoke", "KID", 1, 1, OPTIONS_ADMIN | OPTIONS_OUTPUT, NULL,
     "Take a stolen signing key out of use at once",
     "The key signs no more, leaves the JWKS and what it signed is dead here.\n"
     "Verifiers elsewhere may still have it cached for as long as is printed.",
     "  dragoman key revoke 3q2-7wAbC\n",
     command_key_revoke},
    {"seal", "status", NULL, 0, 0, OPTIONS_ADMIN | OPTIONS_OUTPUT, NULL,
     "Show whether the gateway has the key to its store",
     "A gateway whose sealing key cannot be had is sealed: it answers 503 and asks for\n"
     "the key again by itself. The key id is the same where the key is the same.",
     "  dragoman seal status\n",
     command_seal_status},
    {"unseal", NULL, NULL, 0, 0, OPTIONS_ADMIN | OPTIONS_OUTPUT, unseal_options,
     "Give a sealed gateway its sealing key",
     "On the gateway's host alone, and recorded. The gateway keeps it in memory until\n"
     "it is stopped; a key that does not open the store changes nothing.",
     "  dragoman unseal <sealing.key\n"
     "  dragoman unseal --key-file /media/safe/sealing.key\n",
     command_unseal},
    {"connection", "show", "TARGET", 1, 1, OPTIONS_ADMIN | OPTIONS_OUTPUT, NULL,
     "Show what a target's adapter wants to be given, and for whom it has it",
     "Some adapters cannot make a credential from nothing: the vault keeps keys of\n"
     "others, vendor-key needs a key of the vendor's console, saas-oauth the secret of\n"
     "a client. What is kept is sealed; no command shows it again. Accounts that people\n"
     "connect at a browser are theirs to see, on the page /connections.",
     "  dragoman connection show openai\n",
     command_connection_show},
    {"connection", "add", "TARGET", 1, 1, OPTIONS_ADMIN | OPTIONS_OUTPUT, connection_options,
     "Hand a secret over to a target's adapter",
     "In place of the one it had, which is how a key is rotated. Without --issuer and\n"
     "--subject it is for everybody who may use the target. What the adapter asks for is\n"
     "looked up first, which takes the right to read it. An account at a service with\n"
     "a login of its own is connected by its person, by the link in the agent's answer.",
     "  dragoman connection add openai --secret-file new.key\n"
     "  dragoman connection add crm --name client_secret <secret\n"
     "  dragoman connection add github --issuer https://idp.corp.example --subject alice <key\n",
     command_connection_add},
    {"connection", "remove", "TARGET", 1, 1, OPTIONS_ADMIN | OPTIONS_OUTPUT, disconnection_options,
     "Have a target's adapter forget what it was given",
     "Calls that need it are refused from then on. A key of somebody else stays good\n"
     "where it is good: delete it there, too. With --issuer and --subject of somebody who\n"
     "connected an account: it is revoked at the service, and their consents there end.",
     "  dragoman connection remove openai\n"
     "  dragoman connection remove crm --issuer https://idp.corp.example --subject alice\n",
     command_connection_remove},
    {"mcp", "tools", "SERVER", 1, 1, OPTIONS_ADMIN | OPTIONS_OUTPUT, NULL,
     "List what an MCP server's tools are, and whether they may be called",
     "SERVER is the name of a Target with spec.mcp. A tool whose definition has changed\n"
     "since it was confirmed is suspended: it is in no list and cannot be called.\n"
     "Without spec.mcp.confirmDefinitions the first definition counts as confirmed.",
     "  dragoman mcp tools files\n",
     command_mcp_tools},
    {"mcp", "confirm", "SERVER [TOOL...]", 1, INVOCATION_ARGUMENTS_MAX, OPTIONS_ADMIN | OPTIONS_OUTPUT, mcp_confirm_options,
     "Confirm what tools of an MCP server say of themselves now",
     "Shows what has changed, and confirms exactly that: what changes meanwhile is\n"
     "refused. With --digest it is confirmed only if it is that one.",
     "  dragoman mcp confirm files read_file\n"
     "  dragoman mcp confirm files read_file --digest 4f53cda18c2baa0c\n"
     "  dragoman mcp confirm files --all\n",
     command_mcp_confirm},
    {"lease", "list", "[KIND ID]", 0, 3, OPTIONS_ADMIN | OPTIONS_OUTPUT, lease_options,
     "List what was issued and is alive",
     "The newest first: whom each credential is for, who got it, for which target,\n"
     "and when it ends by itself. With KIND and ID only those that stand on that\n"
     "thing, which are the ones a kill of it would end.",
     "  dragoman lease list\n"
     "  dragoman lease list target partner-orders\n"
     "  dragoman lease list --all subject 'https://login.example alice'\n",
     command_lease_list},
    {"lease", "show", "ID", 1, 1, OPTIONS_ADMIN | OPTIONS_OUTPUT, NULL,
     "Show one lease and everything it stands on",
     "ID is the credential's jti, which is its exchange. Whatever it stands on and\n"
     "was killed is what it died of.",
     "  dragoman lease show 01KAQZ3M5W8Y0E6T2R4V7N9B1C\n",
     command_lease_show},
    {"kill", "list", NULL, 0, 0, OPTIONS_ADMIN | OPTIONS_OUTPUT, kill_list_options,
     "List what was killed",
     "The newest first. What is barred gets nothing new until it is lifted; of the\n"
     "rest only the past is dead.",
     "  dragoman kill list\n",
     command_kill_list},
    {"kill", NULL, "KIND ID", 2, 3, OPTIONS_ADMIN | OPTIONS_OUTPUT, kill_options,
     "End something, with everything that stands on it",
     "KIND is root, lease, agent, subject, client, issuer, target, team, adapter or\n"
     "everything. ID is its name as documents and records have it; an agent or a\n"
     "subject is its issuer, a space, and its sub, everything is this gateway's\n"
     "issuer: with --past-only what to do after a store was set back. Nothing is\n"
     "issued with it from that moment on, what was issued is dead here at once and on\n"
     "every gateway of the same store within two seconds, and the table says what\n"
     "that was. A root and a lease end for good; what else there is is barred until\n"
     "it is lifted.",
     "  dragoman kill --dry-run root 8cV1mUeO2JmS4b9Q0hXw3A\n"
     "  dragoman kill agent 'https://kubernetes.example system:serviceaccount:shop:bot' --reason INC-4711\n"
     "  dragoman kill subject https://login.example alice --past-only\n",
     command_kill},
    {"lift", NULL, "KIND ID", 2, 3, OPTIONS_ADMIN | OPTIONS_OUTPUT, lift_options,
     "Take a bar off again",
     "What was dead stays dead; what is asked for from then on may be issued. The\n"
     "answer says from when: spec.kills.clockMargin after the kill at the earliest.\n"
     "Whoever was ended by name needs a token that was issued after the kill, too.",
     "  dragoman lift client orders-agent --reason 'key replaced'\n",
     command_lift},
    {"trace", NULL, "ID", 1, 1, OPTIONS_ADMIN | OPTIONS_OUTPUT, NULL,
     "Who triggered this? The way from a person or job to each credential",
     "ID is an exchange, a credential's jti, its fingerprint or a root (txn); or it\n"
     "is -, and the credential itself is read from standard input: an API key, a key\n"
     "from the vault or a token. The tree starts with who triggered it and goes\n"
     "through every agent to every credential.",
     "  dragoman trace 01KAQZ3M5W8Y0E6T2R4V7N9B1C\n"
     "  dragoman trace - < leaked.key\n",
     command_trace},
    {"explain", NULL, "ID", 1, 1, OPTIONS_ADMIN | OPTIONS_OUTPUT, NULL,
     "Why was it granted or refused? Every check of one exchange",
     "Prints the ladder of checks in order, passed and failed, each with the\n"
     "document and line that decided, then the verdict.",
     "  dragoman explain 01KAQZ3M5W8Y0E6T2R4V7N9B1C\n",
     command_explain},
    {"token", "inspect", NULL, 0, 0, OPTIONS_OUTPUT, NULL,
     "Show what a token says, believing none of it",
     "Reads a token from standard input and prints its header and claims, times in\n"
     "words. Nothing is verified: anyone can write anything into a token.",
     "  dragoman token inspect < token.jwt\n",
     command_token_inspect},
    {"token", "verify", NULL, 0, 0, 0, verify_options,
     "Verify a token against a key, offline",
     "Reads a token from standard input. The exit status is 0 when it is valid and 1\n"
     "with the reason when it is not. The algorithm is yours to say; the token does\n"
     "not choose.",
     "  dragoman token verify --jwk key.json --alg ES256 --typ at+jwt < token.jwt\n"
     "  dragoman token verify --jwks keys.json --alg RS256 --raw < signed.jws > payload\n",
     command_token_verify},
    {"issuer", "add", "URL", 1, 1, OPTIONS_GATEWAY, issuer_options,
     "Write the documents for your identity provider",
     "Fetches the issuer's discovery document and keys, verifies the sample token,\n"
     "and prints documents for it, with warnings where the token looks unsafe. Read\n"
     "them, then apply them. Nothing is sent to the gateway.",
     "  dragoman issuer add https://login.example --sample-token - < token.jwt > issuer.yaml\n"
     "  dragoman apply -f issuer.yaml\n",
     command_issuer_add},
    {"issuer", "fixture", "URL", 1, 1, 0, fixture_options,
     "Make an issuer for a test: one token, its public key, and no private key",
     "Makes a key, signs one token with it and throws the key away, so that nobody can\n"
     "ever sign another. The token goes into a new owner-only file; the public keys (a\n"
     "JWK Set) are printed, for spec.keys.jwks of an Issuer document. Nothing is at URL.",
     "  dragoman issuer fixture https://fixture.dragoman.test --audience https://gateway.example \\\n"
     "      --token-file token.jwt > jwks.json\n",
     command_issuer_fixture},
    {"gateway", "test", NULL, 0, 0, OPTIONS_GATEWAY, gateway_test_options,
     "Try a gateway from outside",
     "Reads its metadata and its keys, and asks for an exchange that it must refuse.\n"
     "With --token-file also for one that it must refuse because the token was altered\n"
     "and one that it must grant, and verifies what it grants. The token is shown both\n"
     "as the subject's and as the agent's own. The exit status is 0 when all of it is\n"
     "as it should be. helm test runs this.",
     "  dragoman gateway test --gateway https://gateway.example\n"
     "  dragoman gateway test --gateway https://gateway.example --connect-to gateway.identity.svc:443 \\\n"
     "      --audience urn:dragoman:helm-test --token-file token.jwt\n",
     command_gateway_test},
    {"policy", "authorize", NULL, 0, 0, OPTIONS_OUTPUT, authorize_options,
     "Decide one request by Cedar policies, offline",
     "Takes the files Cedar's own command line takes and prints the decision, the\n"
     "policies that determined it and those that could not be evaluated. A policy\n"
     "goes by its annotation @id, otherwise by its place: policy0, policy1; in a set\n"
     "in JSON by its name there. Templates decide by their links alone:\n"
     "[{\"template_id\": \"t\", \"link_id\": \"l\", \"args\": {\"?principal\": \"User::\\\"alice\\\"\"}}].\n"
     "The exit status is 0 for allow, 2 for deny and 1 for files that are wrong.",
     "  dragoman policy authorize --policies policies.cedar --entities entities.json --request request.json\n"
     "  echo '{\"principal\":\"User::\\\"alice\\\"\",\"action\":\"Action::\\\"view\\\"\",\"resource\":\"Photo::\\\"1\\\"\",\"context\":{}}' |\n"
     "      dragoman policy authorize -p policies.cedar --entities entities.json -r -\n",
     command_policy_authorize},
    {"policy", "validate", "FILE...", 1, INVOCATION_ARGUMENTS_MAX, 0, validate_options,
     "Check policies, offline",
     "Against the model of this program: FILE is a .cedar file, a YAML document or a\n"
     "folder of them. Types, attributes, actions, annotations and ids are checked, and\n"
     "with documents that are no policies beside them whether the names in policies\n"
     "are there. With --schema any Cedar policies against any Cedar schema. Strict, as\n"
     "Cedar means it: whatever request the schema allows, every expression of every\n"
     "policy has a type. The exit status is 1 when there is a mistake, and each is\n"
     "shown in its line; warnings leave it at 0.",
     "  dragoman policy validate agents.cedar documents.yaml\n"
     "  dragoman policy validate --schema photos.cedarschema policies.cedar more.cedar\n",
     command_policy_validate},
    {"policy", "schema", NULL, 0, 0, 0, NULL,
     "Print what a policy may ask: the model, as a Cedar schema",
     "For editors that know Cedar, and for people: every member has a line that says\n"
     "what it is.",
     "  dragoman policy schema > dragoman.cedarschema\n",
     command_policy_schema},
    {"policy", "test", "FILE...", 1, INVOCATION_ARGUMENTS_MAX, 0, NULL,
     "Try policies on cases that are written beside them, offline",
     "Files called NAME.test.yaml are lists of cases, each with name, given and expect;\n"
     "all others are the policies and the documents they are about; a folder has both.\n"
     "Prints a line per case, what differs and why, and the policies that no case made\n"
     "decide. The exit status is 1 when a case fails. docs/policy.md shows how to write\n"
     "one.",
     "  dragoman policy test agents.cedar documents.yaml agents.test.yaml\n"
     "  dragoman policy test policies/\n",
     command_policy_test},
    {"policy", "replay", NULL, 0, 0, OPTIONS_ADMIN | OPTIONS_OUTPUT, replay_options,
     "What would these policies have decided on recorded exchanges?",
     "Reads the newest records and decides each exchange again, by the gateway's own\n"
     "documents with those of --file in place of the ones of the same name, or added.\n"
     "Shows what would be different. Nothing is changed.",
     "  dragoman policy replay --since 1h --file agents.cedar\n"
     "  dragoman policy replay --since 7d --limit 50000 --only --file policies/ -o json\n",
     command_policy_replay},
    {"policy", "convert", "FILE", 1, 1, OPTIONS_OUTPUT, convert_options,
     "Turn Cedar policies from text into JSON, or back",
     "JSON is a whole set: staticPolicies, templates and templateLinks. Comments are\n"
     "not kept, and extension values are spelled in one way; what is decided is the\n"
     "same. A policy keeps its name: in a text by the annotation @id.",
     "  dragoman policy convert policies.cedar > policies.json\n"
     "  dragoman policy convert policies.json --to cedar\n",
     command_policy_convert},
    {"adapter", "list", NULL, 0, 0, OPTIONS_ADMIN | OPTIONS_OUTPUT, NULL,
     "List the adapters that are programs, and how each is",
     "STATE is starting, running, paused (it failed several times and is left alone\n"
     "for a moment), ended (it is started again soon) or refused: then DETAIL says\n"
     "what is to be changed. For operators.",
     "  dragoman adapter list\n",
     command_adapter_list},
    {"adapter", "test", "PROGRAM", 1, 1, OPTIONS_OUTPUT, adapter_test_options,
     "Check whether a program is a good adapter",
     "Starts the program as the gateway would, plays the gateway's side of the adapter\n"
     "protocol (adapters/PROTOCOL.md) and tries it on everything that page says: what\n"
     "it answers, how it is cancelled, what it does with hostile input, what it leaves\n"
     "behind. Every check starts it afresh. What does not apply, as it has no outside\n"
     "effects for example, is shown as such and counted apart. Nothing isolates the\n"
     "program here: it has your network and your files. The exit status is 0 when\n"
     "nothing failed.",
     "  dragoman adapter test ./acme_adapter --settings good.yaml --bad-settings bad.yaml\n"
     "  dragoman adapter test acme.py --interpreter /usr/bin/python3 --only mint --only cancel\n",
     command_adapter_test},
    {"adapter", "new", "NAME", 1, 1, 0, adapter_new_options,
     "Write a first adapter, which works",
     "Makes a folder with a program that makes credentials, tests for it, a page that\n"
     "says how to go on, and documents to register it. It passes dragoman adapter test\n"
     "as it is: change what it makes, and keep it so. Nothing is overwritten.",
     "  dragoman adapter new acme --lang python\n"
     "  dragoman adapter new acme --lang c --directory adapters/acme\n",
     command_adapter_new},
    {"config", "show", NULL, 0, 0, OPTIONS_ADMIN | OPTIONS_OUTPUT, config_show_options,
     "Show the settings that a gateway serves with",
     "One line for each, with its value and where it is from: a file and line, a drop-in,\n"
     "a variable of the environment or a flag. Secrets are names of files. As JSON or\n"
     "YAML the built-in ones are always there. dragomand config show says the same of\n"
     "files that no gateway serves yet. For operators.",
     "  dragoman config show\n"
     "  dragoman config show -o json | jq '.settings[] | select(.origin != \"built-in\")'\n",
     command_config_show},
    {"doctor", NULL, NULL, 0, 0, OPTIONS_ADMIN | OPTIONS_OUTPUT, NULL,
     "Check a gateway and what it stands on",
     "One line for each thing that is looked at, ok, warn or FAIL, with what was found;\n"
     "then what to do about it and the page that says more. What is wrong stops\n"
     "something now, or will at the next restart; what is warned of may be meant so.\n"
     "Nothing is changed. The exit status is 1 when there is a FAIL. For operators.",
     "  dragoman doctor\n"
     "  dragoman doctor -o json | jq '.checks[] | select(.verdict != \"ok\")'\n",
     command_doctor},
    {"top", NULL, NULL, 0, 0, OPTIONS_OUTPUT, top_options,
     "Watch what a gateway does",
     "Reads the gateway's metrics from its admin socket again and again and shows what\n"
     "happened in between: exchanges granted and refused, and why, how long each stage\n"
     "of them took, the store, adapters and the worker. On a terminal it is drawn in\n"
     "place until Ctrl-C. As JSON each reading is one line: counts are those of\n"
     "interval_ms, times are microseconds. A gateway that goes away is waited for.",
     "  dragoman top\n"
     "  dragoman top --once -o json\n",
     command_top},
    {"completion", NULL, "SHELL", 1, 1, 0, NULL,
     "Print what a shell needs to complete these commands",
     "SHELL is bash, zsh or fish. Packages install it; without one, read it where the\n"
     "shell starts.",
     "  dragoman completion zsh > ~/.zfunc/_dragoman\n"
     "  dragoman completion fish > ~/.config/fish/completions/dragoman.fish\n"
     "  source <(dragoman completion bash)\n",
     command_completion},
    {"version", NULL, NULL, 0, 0, OPTIONS_OUTPUT, NULL,
     "Show versions",
     "Prints the version of this program and of the library it verifies with.",
     "  dragoman version\n",
     command_version},
    {.noun = NULL},
};
/* clang-format on */
