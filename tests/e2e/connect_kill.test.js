// A kill reaches what a service gave: the access token is revoked there when the last lease that shares it has ended.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { until } from "./kit/machine.js";
import { formNamed, SaasStage } from "./kit/saas_stage.js";

describe("a token of a service that several leases share", () => {
  let world, gateway, saas;
  before(async () => {
    world = await SaasStage.open();
    ({ gateway, saas } = world);
  });
  after(() => world?.close());

  const status = async (token) => (await saas.fetch(`${saas.identifier}/api/me`, { headers: { authorization: `Bearer ${token}` } })).status;

  test("lives there while one of them does, and is revoked with the last; the account stays connected", async () => {
    await world.connect("alice");
    const first = await world.granted("alice"), second = await world.granted("alice");
    assert.equal(second.access_token, first.access_token);
    const revocations = () => saas.asked("/token/revocation").length, before = revocations();
    assert.equal((await gateway.kill("lease", first.dragoman_exchange)).status, 200);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.deepEqual([revocations(), await status(second.access_token)], [before, 200], "another lease has it still");
    assert.equal((await gateway.kill("lease", second.dragoman_exchange)).status, 200);
    await until(async () => (await status(second.access_token)) === 401, () => `the service takes it no more\n${gateway.program.errors.slice(-1500)}`);
    const next = await world.granted("alice");
    assert.notEqual(next.access_token, first.access_token);
    assert.equal(await status(next.access_token), 200);
  });

  test("is revoked at once with the consent that it stands on, and the next exchange asks the person", async () => {
    const { browser } = await world.connect("bob");
    const { access_token: token, dragoman_exchange: id } = await world.granted("bob");
    const consent = (await gateway.admin("/v1/records?limit=50")).json.records.find((record) => record.kind === "consent" && record.outcome === "done" && record.subject.sub === "bob");
    assert.equal((await gateway.kill("lease", consent.id)).status, 200);
    await until(async () => (await status(token)) === 401, () => `the token of ${id} is dead there\n${gateway.program.errors.slice(-1500)}`);
    world.assertMissing(await world.exchange("bob"));
    // The account is connected still, and its person finds the way to end that.
    const before = saas.refreshTokensOf("bob");
    const connections = await browser.send("/connections");
    assert.match(connections.text, /No agent may use this any more/);
    const ended = await browser.send("/connections/disconnect", { method: "POST", form: formNamed(connections.text, "Disconnect files for every program") });
    assert.equal(ended.status, 200, ended.text);
    assert.equal(saas.refreshTokensOf("bob"), before - 1);
    assert.doesNotMatch((await browser.send("/connections")).text, /Disconnect files/);
  });

  test("is revoked by an operator who has the account forgotten, and its person has nothing left to disconnect", async () => {
    const remove = (sub) => gateway.admin(`/v1/connections/files?${new URLSearchParams({ issuer: world.login.identifier, subject: sub })}`, { method: "DELETE" });
    const { browser } = await world.connect("carol");
    const { access_token: token } = await world.granted("carol");
    const forgotten = await remove("carol");
    assert.deepEqual([forgotten.status, forgotten.json?.consents_ended], [200, 1], forgotten.text);
    await until(async () => (await status(token)) === 401, () => `the token is dead there\n${gateway.program.errors.slice(-1500)}`);
    assert.doesNotMatch((await browser.send("/connections")).text, /Disconnect files/);
    world.assertMissing(await world.exchange("carol"));
    // Where the adapter cannot be asked its person finds the account, and the operator tries again.
    await world.connect("carol", { browser });
    const program = gateway.events("adapter_program_started").at(-1).process;
    process.kill(program, "SIGSTOP"); // it hears of it and does not answer
    const failing = remove("carol");
    await until(async () => /your account may still be connected.*Disconnect files/s.test((await browser.send("/connections")).text), "the account is left");
    await new Promise((resolve) => setTimeout(resolve, 300));
    process.kill(program, "SIGKILL");
    const failed = await failing;
    assert.ok(failed.status >= 500, failed.text);
    assert.match((await browser.send("/connections")).text, /Disconnect files/);
    const again = await until(async () => [await remove("carol")].find((answer) => answer.status === 200), "the adapter runs again");
    assert.equal(again.json.consents_ended, 0);
    assert.doesNotMatch((await browser.send("/connections")).text, /Disconnect files/);
  });

  test("is on their page though they disconnected while it was being connected", async () => {
    const browser = world.plainBrowser(), url = await world.reachService("dave", { browser });
    const back = await world.login.browse.call({ fetch: world.login.fetch }, url, "dave", `${gateway.issuer}/connect/callback/`);
    saas.refreshMs = 1500; // of every answer of the token endpoint
    const asked = saas.asked("/token").length, connected = browser.send(back);
    const page = await browser.send("/connections");
    const ended = await browser.send("/connections/disconnect", { method: "POST", form: formNamed(page.text, "Disconnect files for every program") });
    assert.equal(saas.asked("/token").length, asked, "the code is still on its way");
    saas.behave();
    assert.equal(ended.status, 200, ended.text);
    await connected;
    world.assertMissing(await world.exchange("dave"));
    const left = await browser.send("/connections");
    assert.match(left.text, /Disconnect files/);
    assert.equal((await browser.send("/connections/disconnect", { method: "POST", form: formNamed(left.text, "Disconnect files for every program") })).status, 200);
    assert.equal(saas.refreshTokensOf("dave"), 0);
    assert.doesNotMatch((await browser.send("/connections")).text, /Disconnect files/);
  });

  test("is gone with the account, also where the service could not be told at first, as its person is told", async () => {
    const { browser } = await world.connect("erin");
    await world.granted("erin");
    const disconnect = async () => browser.send("/connections/disconnect", { method: "POST", form: formNamed((await browser.send("/connections")).text, "Disconnect files for every program") });
    const before = saas.refreshTokensOf("erin");
    saas.revocationStatus = 503;
    const failed = await disconnect();
    assert.deepEqual([failed.status, /Ended here, but not at the service/.test(failed.text)], [502, true], failed.text);
    assert.equal(saas.refreshTokensOf("erin"), before);
    world.assertMissing(await world.exchange("erin"));
    saas.behave();
    assert.equal((await disconnect()).status, 200);
    assert.equal(saas.refreshTokensOf("erin"), before - 1);
    assert.doesNotMatch((await browser.send("/connections")).text, /Disconnect files/);
  });
});
