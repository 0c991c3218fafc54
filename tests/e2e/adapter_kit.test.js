// dragoman adapter test: green for good adapters, red check by check for broken ones; dragoman adapter new: what it writes
// works at once; the schema of the protocol: every example of its page is valid, and what checks refuse is not.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import Ajv from "ajv/dist/2020.js";
import { isFull, privateFolder, programs, root, run } from "./kit/machine.js";

const broken = join(root, "tests/adapter/broken");
const flaws = JSON.parse(readFileSync(join(broken, "flaws.json"), "utf8"));
const python = "/usr/bin/python3";
const node = process.execPath;

async function runKit(program, settings, more = []) {
  const started = Date.now();
  const { code, output, errors } = await run(programs.dragoman, ["adapter", "test", program, "--settings", join(settings, "good_settings.yaml"),
    "--bad-settings", join(settings, "bad_settings.yaml"), "-o", "json", ...more]);
  assert.ok(code === 0 || code === 1, errors);
  const result = JSON.parse(output);
  const failed = result.checks.filter(({ verdict }) => verdict === "failed");
  return { ...result, code, ms: Date.now() - started, ids: failed.map(({ id }) => id), why: failed.map(({ id, reason }) => `${id}: ${reason}`).join("\n") };
}

function assertGreen(result) {
  assert.equal(result.why, "");
  assert.equal(result.not_reached, 0);
  assert.equal(result.code, 0);
  assert.ok(result.passed >= 80, `${result.passed} passed`);
}

describe("the kit", () => {
  const folder = privateFolder();
  after(() => folder.remove());
  const wrapper = (flaw) => {
    const path = folder.file(`${flaw}.py`);
    writeFileSync(path, `FLAW = ${JSON.stringify(flaw)}\nexec(compile(open(${JSON.stringify(join(broken, "adapter.py"))}).read(), "adapter.py", "exec"))\n`);
    return path;
  };
  let every;

  before(async () => {
    every = await runKit(wrapper("none"), broken, ["--interpreter", python]);
  });

  test("passes the adapter that has everything and no flaw, in time", () => {
    assertGreen(every);
    assert.ok(every.ms < 30_000, `${every.ms} ms`);
    const idle = every.checks.filter(({ verdict }) => verdict === "not applicable").map(({ id }) => id);
    assert.deepEqual(idle, ["confirm.tells_calls_apart", "confirm.unproved", "confirm.unknown", "renew.is_refused", "connect.is_refused"]);
  });

  test("passes the adapter that confirms and has no flaw", async () => {
    const result = await runKit(wrapper("confirms"), broken, ["--interpreter", python]);
    assertGreen(result);
    const verdicts = Object.fromEntries(result.checks.map(({ id, verdict }) => [id, verdict]));
    for (const id of ["confirm.is_said", "confirm.unasked", "confirm.for_call", "confirm.tells_calls_apart", "confirm.unproved", "confirm.unknown"]) assert.equal(verdicts[id], "passed", id);
  });

  test("passes the example in Python", async () => {
    assertGreen(await runKit(join(root, "adapters/example_python/signed_link.py"), join(root, "adapters/example_python"), ["--interpreter", python]));
  });

  test("finds out what an adapter has to be handed, and hands it over", async () => {
    assertGreen(await runKit(wrapper("only_with_an_assertion"), broken, ["--interpreter", python]));
  });

  test("tells an adapter what its own document would, and hands it a socket to accept on", async () => {
    writeFileSync(folder.file("own.yaml"), "realm: KIT.EXAMPLE\n");
    const words = ["--interpreter", python, "--own-settings", folder.file("own.yaml"), "--loopback-listener"];
    const only = ["--only", "mint.answers", "--only", "validate.good_settings", "--only", "initialize"];
    assert.equal((await runKit(wrapper("only_where_told"), broken, [...words, ...only])).why, "");
    for (const less of [words.slice(0, -1), words.filter((word) => !word.includes("own"))])
      assert.notEqual((await runKit(wrapper("only_where_told"), broken, [...less, ...only])).why, "");
    writeFileSync(folder.file("long.yaml"), `realm: ${"x".repeat(32768)}\n`);
    const long = await run(programs.dragoman, ["adapter", "test", wrapper("none"), "--interpreter", python, "--own-settings", folder.file("long.yaml")]);
    assert.equal(long.code, 2);
    assert.match(long.errors, /--own-settings has more than 32 KiB/);
  });

  test("has nothing minted for nobody by an adapter that needs an account of each subject, and tries all the rest", async () => {
    const result = await runKit(wrapper("only_for_accounts"), broken, ["--interpreter", python]);
    assert.equal(result.why, "");
    assert.deepEqual([result.code, result.not_reached], [0, 0]);
    const verdicts = Object.fromEntries(result.checks.map(({ id, verdict }) => [id, verdict]));
    assert.equal(verdicts["mint.answers"], "not applicable");
    for (const id of ["browser.go_to", "browser.account_missing", "connect.keeps", "leaks.handed_over", "hostile.not_json"]) assert.equal(verdicts[id], "passed", id);
  });

  test("has no check that no flaw fails, and names a section of the protocol for each", () => {
    const failing = new Set(Object.values(flaws).flatMap(({ fails }) => fails));
    assert.deepEqual(every.checks.map(({ id }) => id).filter((id) => !failing.has(id)), []);
    assert.deepEqual([...failing].filter((id) => !every.checks.some((check) => check.id === id)), []);
    const page = readFileSync(join(root, "adapters/PROTOCOL.md"), "utf8");
    const headings = new Set([...page.matchAll(/^##+ (.*)$/gm)].map(([, heading]) => heading));
    for (const { id, section } of every.checks) assert.ok(headings.has(section), `${id}: ${section}`);
  });

  // Each flaw against the checks it is about and their neighbours; with --full against all of them. What else fails stands under
  // may; "*" is anything, as with a reader that loses whatever the socket happens to hand over at once.
  for (const [flaw, { fails, may = [] }] of Object.entries(flaws))
    test(`fails what it has to for an adapter that ${flaw.replaceAll("_", " ")}`, async () => {
      const groups = new Set([...fails, ...may].filter((id) => id !== "*").map((id) => id.split(".")[0] + "."));
      const only = isFull ? [] : [...groups].flatMap((group) => ["--only", group]);
      const result = await runKit(wrapper(flaw), broken, ["--interpreter", python, "--timeout", "2", ...only]);
      assert.equal(result.code, 1);
      assert.deepEqual(fails.filter((id) => !result.ids.includes(id)), [], `passed, and should have failed\n${result.why}`);
      assert.deepEqual(result.ids.filter((id) => !fails.includes(id) && !may.includes(id) && !may.includes("*")), [], `failed, and should have passed\n${result.why}`);
    });

  test("says what a program that is none lacks", async () => {
    const missing = await run(programs.dragoman, ["adapter", "test", folder.file("nothing")]);
    assert.equal(missing.code, 2);
    assert.match(missing.errors, /is not there/);
    writeFileSync(folder.file("plain"), "text");
    const plain = await run(programs.dragoman, ["adapter", "test", folder.file("plain")]);
    assert.equal(plain.code, 2);
    assert.match(plain.errors, /chmod \+x/);
  });

  test("shows people which check failed, why, and where the protocol says so", async () => {
    const { code, output } = await run(programs.dragoman, ["adapter", "test", wrapper("no_name"), "--interpreter", python, "--settings", join(broken, "good_settings.yaml"), "--only", "manifest"]);
    assert.equal(code, 1);
    assert.match(output, /manifest\.names: manifest\.name is to be a printable text/);
    assert.match(output, /adapters\/PROTOCOL\.md, "initialize"/);
    assert.match(output, /6 checks: 5 passed, 1 failed/);
  });
});

describe("a new adapter", () => {
  const folder = privateFolder();
  after(() => folder.remove());
  const scaffold = async (lang) => {
    const directory = folder.file(`acme-${lang}`);
    const made = await run(programs.dragoman, ["adapter", "new", `acme-${lang}`, "--lang", lang, "--directory", directory]);
    assert.equal(made.code, 0, made.errors);
    const valid = await run(programs.dragoman, ["policy", "validate", join(directory, "documents.yaml"), join(directory, "target.yaml")]);
    assert.equal(valid.code, 0, valid.errors);
    return directory;
  };

  test("in Python passes its own tests and the kit, and its document has its hash", async () => {
    const directory = await scaffold("python");
    const own = await run(python, [join(directory, "test_acme-python.py")]);
    assert.equal(own.code, 0, own.errors);
    assertGreen(await runKit(join(directory, "acme-python.py"), directory));
    const { output } = await run("sha256sum", [join(directory, "acme-python.py")]);
    assert.ok(readFileSync(join(directory, "documents.yaml"), "utf8").includes(output.slice(0, 64)));
  });

  test("in Node passes its own tests and the kit", async () => {
    const directory = await scaffold("node");
    const own = await run(node, ["--test", join(directory, "acme-node.test.js")], { env: { PATH: process.env.PATH } });
    assert.equal(own.code, 0, own.output);
    assertGreen(await runKit(join(directory, "acme-node.js"), directory, ["--interpreter", node]));
  });

  test("in C builds and passes the kit", { skip: existsSync(join(root, "adapters/sdk/CMakeLists.txt")) ? false : "the SDK is not in this tree" }, async () => {
    const directory = await scaffold("c");
    const output = join(directory, "build");
    const configured = await run("cmake", ["-S", directory, "-B", output, "-G", "Ninja", `-DDRAGOMAN_SOURCE=${root}`]);
    assert.equal(configured.code, 0, configured.output + configured.errors);
    const built = await run("cmake", ["--build", output, "--target", "acme-c"]);
    assert.equal(built.code, 0, built.output + built.errors);
    assertGreen(await runKit(join(output, "acme-c"), directory));
  });

  test("overwrites nothing", async () => {
    const words = ["adapter", "new", "acme", "--lang", "python", "--directory", folder.file("twice")];
    assert.equal((await run(programs.dragoman, words)).code, 0);
    const again = await run(programs.dragoman, words);
    assert.equal(again.code, 1);
    assert.match(again.errors, /nothing is overwritten/);
  });

  test("is refused by names and languages that are none", async () => {
    for (const words of [["../x", "--lang", "c"], ["Acme", "--lang", "c"], ["acme", "--lang", "rust"], ["acme"]])
      assert.equal((await run(programs.dragoman, ["adapter", "new", ...words])).code, 2, words.join(" "));
  });
});

describe("the schema of the protocol", () => {
  const schema = JSON.parse(readFileSync(join(root, "schema/adapter-protocol.schema.json"), "utf8"));
  const page = readFileSync(join(root, "adapters/PROTOCOL.md"), "utf8");
  const ajv = new Ajv({ strict: false, allErrors: true });
  ajv.addSchema(schema, "protocol");
  const isValid = (value, part) => {
    const check = ajv.getSchema(part === undefined ? "protocol" : `protocol#/$defs/${part}`);
    return { valid: check(value), why: ajv.errorsText(check.errors) };
  };
  const assertValid = (value, part) => {
    const { valid, why } = isValid(value, part);
    assert.ok(valid, `${part}: ${why}\n${JSON.stringify(value)}`);
  };
  // What the page leaves out is put in: a shortened id, an empty object, a number.
  const whole = (text) => JSON.parse(text.replaceAll('"deadline_ms":…', '"deadline_ms":1000').replaceAll("{…}", '{"name":"n","domain":"d","audience":"a","issuer":"i","subject":"s","settings":{}}').replaceAll('":…', '":1')
    .replaceAll("64 hexadecimal digits", "0".repeat(64)).replaceAll("BASE64URL-OF-32-BYTES", "A".repeat(43)));

  test("takes every example of the page that stands in a block", () => {
    const blocks = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => whole(text));
    const parts = [undefined, "initialize.params", "initialize.result", "validate.params", "validate.result", "validate.params", "mint.params", "mint.result", "mint.result", "mint.result", "confirm.params",
      "connect_begin.params", "connect_begin.result", "connect_finish.params"];
    assert.equal(blocks.length, parts.length);
    blocks.forEach((block, i) => assertValid(block, parts[i]));
  });

  test("takes every example of the page that stands in a line", () => {
    const lines = [...page.replaceAll(/```[\s\S]*?```/g, "").matchAll(/`(\{[^`]*\}|"answers":[^`]*\})`/g)].map(([, text]) => text).filter((text) => text !== "{}");
    const parts = ["subject_token", "revoke.params", "renew.result", "connection", "connect_begin.result", undefined, "connect_finish.result", "disconnect.result", "health.params", "health.result"];
    const found = lines.filter((text) => text.startsWith("{"));
    assert.deepEqual(found.length, parts.filter(Boolean).length, found.join("\n"));
    found.forEach((text, i) => assertValid(whole(text), parts.filter(Boolean)[i]));
  });

  test("knows the methods and the codes of the page, no more and no fewer", () => {
    const table = (heading) => page.split(`## ${heading}\n`)[1].split("\n## ")[0].split("\n").filter((line) => line.startsWith("| `")).flatMap((line) => [...line.split("|")[1].matchAll(/`([\w.]+)`/g)].map(([, name]) => name));
    const methods = (part) => schema.$defs[part].properties.method.enum;
    assert.deepEqual(table("Methods of the adapter").sort(), [...methods("request_to_adapter"), "cancel"].sort());
    assert.deepEqual(table("Methods of the gateway").sort(), [...methods("request_of_adapter"), ...methods("notification_of_adapter")].sort());
    const codes = [...page.split("## Errors\n")[1].split("\n`message`")[0].matchAll(/-32\d{3}/g)].map(([code]) => Number(code));
    assert.deepEqual([...new Set(codes)].sort(), [...schema.$defs.error.properties.code.enum].sort());
  });

  test("refuses what breaks the protocol", () => {
    const request = { jsonrpc: "2.0", id: 1, method: "health", params: { deadline_ms: 1 } };
    assertValid(request);
    for (const wrong of [{ ...request, jsonrpc: "1.0" }, { ...request, id: 0 }, { ...request, id: "1" }, { ...request, method: "heal" }, { ...request, params: [] },
      { jsonrpc: "2.0", id: 1 }, { jsonrpc: "2.0", id: 1, result: {}, error: { code: -32603, message: "" } }, { jsonrpc: "2.0", id: 1, error: { code: 7, message: "" } },
      { jsonrpc: "2.0", method: "log", params: { level: "shout", message: "" } }, [request]])
      assert.equal(isValid(wrong).valid, false, JSON.stringify(wrong));
    const minted = { credential: "c", type: "t", expires_at: 1, scopes: [] };
    assertValid(minted, "mint.result");
    for (const wrong of [{ credential: "" }, { expires_at: "soon" }, { scopes: "a" }, { fingerprint: "00" }, { presentation: { in: "query", name: "x" } }, { handle: "h".repeat(4097) }])
      assert.equal(isValid({ ...minted, ...wrong }, "mint.result").valid, false, JSON.stringify(wrong));
    for (const account of ["", "a".repeat(257), 7]) assert.equal(isValid({ ...minted, account }, "mint.result").valid, false, String(account));
    for (const data of [{ about: "target" }, { about: true }]) assert.equal(isValid({ jsonrpc: "2.0", id: 1, error: { code: -32001, message: "", data } }).valid, false);
    assertValid({ jsonrpc: "2.0", id: 1, error: { code: -32001, message: "", data: { about: "subject", public: "No." } } });
    for (const wrong of [{ lives_until: "soon" }, { lives_until: 253402300800 }, { made_for: "a lease" }])
      assert.equal(isValid({ ...minted, ...wrong }, "mint.result").valid, false, JSON.stringify(wrong));
    for (const wrong of [{ confirmation: "" }, { confirmation: "c".repeat(129) }, { confirmation: 7 }])
      assert.equal(isValid({ ...minted, ...wrong }, "mint.result").valid, false, JSON.stringify(wrong).slice(0, 80));
    assert.equal(isValid({ deadline_ms: 1, target: { name: "n", domain: "d", audience: "a", settings: {} }, confirmation: "c" }, "confirm.params").valid, false);
    assertValid({}, "connect_begin.result"); // connected already
    for (const wrong of [{ go_to: "javascript:alert(1)" }, { go_to: "https://a@b.example/" }, { go_to: "https://a.example/#b" }, { go_to: "https://a.example/" + "a".repeat(8192) },
      { go_to: "https://a.example/", keep: "k".repeat(4097) }, { keep: "k" }])
      assert.equal(isValid(wrong, "connect_begin.result").valid, false, JSON.stringify(wrong).slice(0, 80));
    assert.equal(isValid({ account: "a".repeat(257) }, "connect_finish.result").valid, false);
    const target = { name: "n", domain: "d", audience: "a", settings: {} };
    assert.equal(isValid({ deadline_ms: 1, target, redirect_uri: "https://gw.example/" }, "connect_begin.params").valid, false);
    assert.equal(isValid({ deadline_ms: 1, target: { ...target, hands_over: { assertion: { audience: "a" } } } }, "validate.params").valid, false);
    for (const path of ["region", "/a~2b", "."]) assert.equal(isValid({ mistakes: [{ path, message: "m" }] }, "validate.result").valid, false, path);
  });

  test("takes what the example answers", async () => {
    const { manifest } = await runKit(join(root, "adapters/example_python/signed_link.py"), join(root, "adapters/example_python"), ["--interpreter", python, "--only", "manifest.names"]);
    assertValid(manifest, "manifest");
  });
});
