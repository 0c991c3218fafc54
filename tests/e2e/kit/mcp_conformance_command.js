// What `conformance client` starts for a scenario: tells the test that started the suite at which URL the scenario's server is, and
// ends as that says. Arguments: the test's URL, the server's.
const [test, server] = process.argv.slice(2);
const { MCP_CONFORMANCE_SCENARIO: scenario, MCP_CONFORMANCE_CONTEXT: context, MCP_CONFORMANCE_PROTOCOL_VERSION: version } = process.env;
const answer = await fetch(test, { method: "POST", body: JSON.stringify({ server, scenario, version, context: context === undefined ? {} : JSON.parse(context) }) });
console.error(await answer.text());
process.exitCode = answer.ok ? 0 : 1;
