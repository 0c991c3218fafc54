// schema/openapi.yaml is the document of the APIs: it is lint free, names every route of the gateway and no other, and what a real gateway
// answers is what it says.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createConfig, lint } from "@redocly/openapi-core";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { Http1 } from "./kit/http.js";
import { freePort, root } from "./kit/machine.js";
import { Stage } from "./kit/stage.js";

const file = join(root, "schema/openapi.yaml"), api = parse(readFileSync(file, "utf8"));
const methods = ["get", "post", "put", "delete", "patch", "head", "options"];
const listeners = { PUBLIC: "public", RELAY: "relay", ADMIN: "admin", ADMIN_TLS: "admin-tls", MONITORING: "monitoring" };

// The table of gateway/endpoints/routes.c.
function routes() {
  const table = /static const struct route routes\[\] = \{(.*?)\n\};/s.exec(readFileSync(join(root, "gateway/endpoints/routes.c"), "utf8"))[1];
  const rows = [...table.matchAll(/\{REQUEST_LISTENER_(\w+),\s*"([^"]+)",\s*(true|false),\s*(NULL|"[^"]*")/g)];
  assert.equal(rows.length, table.match(/REQUEST_LISTENER_/g).length, "every row of the table reads");
  return rows.flatMap(([, listener, path, isPrefix, allowed]) => {
    const route = { listener: listeners[listener], path, isPrefix: isPrefix === "true", methods: allowed === "NULL" ? undefined : allowed.slice(1, -1).toLowerCase().split(", ") };
    // The admin API is the same over the network.
    return listener === "ADMIN" && path.startsWith("/v1/") ? [route, { ...route, listener: "admin-tls" }] : [route];
  });
}

// Which route serves a documented path: the first of its listener that fits, as in routes_handle.
const routeOf = (path, listener) => routes().find((route) => route.listener === listener && (path === route.path || (route.isPrefix && path.startsWith(`${route.path}/`))));
const operations = Object.entries(api.paths).flatMap(([path, item]) => item["x-listeners"].flatMap((listener) => methods.filter((method) => method in item).map((method) => ({ path, listener, method, operation: item[method] }))));

describe("the document of the APIs", () => {
  test("is OpenAPI 3.1 without a complaint of its linter", async () => {
    const problems = await lint({ ref: file, config: await createConfig({ extends: ["recommended"], rules: { "no-server-example.com": "off", "operation-4xx-response": "off", "info-license-strict": "off", "no-ambiguous-paths": "off" } }) });
    assert.deepEqual(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} at ${location?.[0]?.pointer}`), []);
  });

  test("names every route on its listener, with its methods", () => {
    for (const { listener, path, methods: allowed } of routes()) {
      const documented = operations.filter((operation) => operation.listener === listener && routeOf(operation.path, listener)?.path === path);
      assert.notEqual(documented.length, 0, `${listener} ${path} is not in the document`);
      const named = new Set(documented.map(({ method }) => method));
      // HEAD is GET without its body (RFC 9110 section 9.3.2) and not said twice.
      for (const method of allowed?.filter((one) => one !== "head") ?? []) assert.equal(named.has(method), true, `${method} ${path} of ${listener} is not in the document`);
    }
  });

  test("names nothing that is no route", () => {
    for (const { path, listener, method } of operations) {
      const route = routeOf(path, listener);
      assert.notEqual(route, undefined, `${listener} ${path} is no route`);
      assert.equal(route.methods === undefined || route.methods.includes(method), true, `${method} ${path} is refused`);
    }
  });

  test("gives every operation a name of its own, a summary and an answer", () => {
    const ids = Object.values(api.paths).flatMap((item) => methods.filter((method) => method in item).map((method) => item[method].operationId));
    assert.equal(new Set(ids).size, ids.length);
    for (const { operation } of operations) assert.equal(operation.summary.length > 8 && Object.keys(operation.responses).length > 0, true, operation.operationId);
  });
});

describe("a gateway and the document of its APIs", () => {
  const ajv = new Ajv2020({ strict: false });
  let stage, monitoring, relay;
  const fill = (path) => path.replace(/\{kind\}/, "Target").replace(/\{(name|target|server)\}/, "partner-orders").replace(/\{\w+\}/, "nothing");
  const send = (listener, method, path, options = {}) => {
    const request = { method: method.toUpperCase(), ...options };
    if (listener === "admin") return stage.gateway.admin(path, request);
    return ({ public: stage.gateway.http, monitoring, relay })[listener].send(path, request);
  };
  const schemaOf = (name) => ajv.getSchema(`api#/components/schemas/${name}`);
  function assertFits(answer, path, method) {
    const { responses } = api.paths[path][method], stated = responses[answer.status] ?? responses.default, ref = stated.$ref?.split("/").at(-1);
    const content = (ref ? api.components.responses[ref] : stated).content ?? {}, type = answer.headers["content-type"]?.split(";")[0];
    if (Object.keys(content).length === 0) return;
    assert.equal(type in content, true, `${method} ${path} answers ${answer.status} as ${type}`);
    const name = content[type].schema?.$ref?.split("/").at(-1);
    if (name === undefined) return;
    const validate = schemaOf(name);
    assert.equal(validate(answer.json), true, `${method} ${path} ${answer.status}: ${JSON.stringify(validate.errors)} in ${answer.text.slice(0, 600)}`);
  }

  before(async () => {
    ajv.addSchema({ $id: "api", ...api });
    const [port, relayPort] = [await freePort(), await freePort()];
    stage = await Stage.open({ gateway: { monitoring: { listen: [`127.0.0.1:${port}`] }, egress: { listen: [`127.0.0.1:${relayPort}`] } } });
    monitoring = new Http1(`https://127.0.0.1:${port}`, stage.gateway.certificates.ca);
    relay = new Http1(`https://127.0.0.1:${relayPort}`, stage.gateway.certificates.ca);
  });
  after(async () => {
    monitoring?.close();
    relay?.close();
    await stage?.close();
  });

  test("every documented path is answered by its endpoint, in the documented form", async () => {
    for (const { path, listener, method } of operations.filter((one) => one.listener !== "admin-tls" && !["revokeKey", "deleteDocument"].includes(one.operation.operationId))) {
      const answer = await send(listener, method, fill(path));
      assert.notEqual(answer.status, 405, `${method} ${path} of ${listener}`);
      assert.equal(/There is nothing at this path|request_path/.test(answer.text ?? ""), false, `${method} ${path} of ${listener}: ${answer.text}`);
      if (method !== "head") assertFits(answer, path, method);
    }
  });

  test("a method that is not documented is refused", async () => {
    for (const [path, item] of Object.entries(api.paths)) {
      const [listener] = item["x-listeners"], method = methods.find((one) => !(one in item) && one !== "head");
      // A path that is taken whole refuses methods by what stands behind it.
      if (method === undefined || listener === "admin-tls" || routeOf(path, listener).isPrefix) continue;
      const { status } = await send(listener, method, fill(path));
      assert.equal(status, 405, `${method} ${path}`);
    }
  });

  test("good calls are answered by the document", async () => {
    const token = stage.userToken(), granted = await stage.exchange({ subject_token: token }), id = granted.json.dragoman_exchange;
    const fits = async (answer, path, method = "get", status = 200) => {
      assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
      assertFits(answer, path, method);
    };
    await fits(granted, "/token", "post");
    await fits(await stage.exchange({ dragoman_dry_run: "true" }), "/token", "post");
    await fits(await stage.gateway.post("/introspect", { token: granted.json.access_token }, { auth: stage.authOf("partner-api") }), "/introspect", "post");
    await fits(await stage.gateway.post("/targets", {}, { auth: stage.auth }), "/targets", "post");
    await fits(await stage.gateway.post("/revoke", { token: granted.json.access_token }, { auth: stage.auth }), "/revoke", "post");
    await fits(await stage.exchange({ subject_token: "nonsense" }), "/token", "post", 400);
    for (const [path, real] of [["/v1/documents"], ["/v1/documents/{kind}/{name}", "/v1/documents/Target/partner-orders"], ["/v1/adapters"], ["/v1/doctor"], ["/v1/settings"], ["/v1/keys"], ["/v1/records"], ["/v1/records/{id}", `/v1/records/${id}`],
      ["/v1/trace/{id}", `/v1/trace/${id}`], ["/v1/leases"], ["/v1/leases/{id}", `/v1/leases/${id}`], ["/v1/kills"], ["/livez"], ["/startupz"], ["/readyz"], ["/readyz", "/readyz?verbose"], ["/metrics"]])
      await fits(await stage.gateway.admin(real ?? path), path);
    await fits(await stage.gateway.kill("lease", id), "/v1/kills", "post");
    await fits(await stage.gateway.admin("/v1/kills"), "/v1/kills");
    await fits(await stage.gateway.admin("/v1/kills?kind=lease", { method: "POST" }), "/v1/kills", "post", 404);
    await fits(await stage.gateway.admin("/v1/documents", { method: "POST", document: [{ kind: "Target", metadata: { name: "Wrong Name" }, spec: {} }] }), "/v1/documents", "post", 422);
    await fits(await stage.gateway.admin("/v1/documents?dry_run=true", { method: "POST", document: [{ kind: "Domain", metadata: { name: "new" }, spec: { leavesFor: [] } }] }), "/v1/documents", "post");
    await fits(await stage.gateway.admin("/v1/keys/rotate?algorithm=ES256", { method: "POST" }), "/v1/keys/rotate", "post");
  });
});
