// Who may be whom in the realm: accounts that the KDC refuses, and names that never get that far. Whoever asks hears one
// sentence, whatever the reason; whoever runs the gateway reads the reason in the record.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertFault } from "./kit/faults.js";
import { kerberosIsMissing, services } from "./kit/kerberos.js";
import { account, audienceOf, KerberosStage } from "./kit/kerberos_stage.js";

const shown = "The subject cannot be used at this target.";

describe("a subject in a Kerberos realm", { skip: kerberosIsMissing }, () => {
  let world, gateway;
  before(async () => {
    world = await KerberosStage.open({
      adapter: { settings: { denied: ["svc-backup"], deniedPrefixes: ["adm-"], probe: { subject: "probe", service: services.app } } },
      edit: (documents, made) => {
        const put = (document) => documents.set(`${document.kind}/${document.metadata.name}`, document);
        const rules = (name, ...subjects) => {
          put(made.adapter(name, { settings: { subjects: subjects.map((rule) => ({ issuer: made.corp.identifier, name: "sub", ...rule })) } }));
          put(made.target(`by-${name}`, { service: services.app }, { adapter: name }));
        };
        rules("unprobed", {});
        rules("domains", { domains: ["mit.example", "corp.example"], lowerCase: true, pattern: "[a-z][a-z0-9]{0,19}" });
        rules("table", { lowerCase: true, table: { "alice.smith": "alice", "bob.jones": "bob" } });
        rules("others", { issuer: "https://nobody.example" });
      },
    });
    ({ gateway } = world);
  });
  after(() => world?.close());

  const refusedFor = async (sub, cause, options) => world.refused(await world.exchange(sub, options), "ADAPTER_REFUSED_SUBJECT", { shown, cause });
  const is = async (sub, expected, options) => assert.equal((await world.show(await world.granted(sub, options))).user, account(expected));
  const asked = () => world.realm.requests("TGS_REQ").length;

  test("is refused by the KDC where it is unknown, disabled, expired or sensitive: the caller is told the same, the record why", async () => {
    const told = [];
    for (const [sub, cause] of [
      ["nobody-of-that-name", /^KDC_ERR_C_PRINCIPAL_UNKNOWN \(-1765328378\) at S4U2Self$/],
      ["disabled", /^KDC_ERR_CLIENT_REVOKED \(-1765328366\) at S4U2Self$/],
      ["expired", /^KDC_ERR_NAME_EXP \(-1765328383\) at S4U2Self$/],
      ["vip", /^KDC_ERR_BADOPTION \(-1765328371\) at S4U2Proxy$/],
    ]) {
      const { error, error_description: description } = await refusedFor(sub, cause);
      told.push(`${error} ${description}`);
    }
    assert.equal(new Set(told).size, 1, told.join("\n"));
    await is("alice", "alice");
  });

  test("that is sensitive is told from a gateway that may not impersonate only where the realm has a probe", async () => {
    await refusedFor("vip", /^KDC_ERR_BADOPTION \(-1765328371\) at S4U2Proxy: this user, or everybody: then the gateway's account needs protocol transition/, { target: "by-unprobed" });
    await is("bob", "bob", { target: "by-unprobed" });
  });

  test("is refused without asking the KDC where its name is no account's: / @ \\ and what is not printable", async () => {
    await is("carol", "carol");
    const before = asked();
    for (const [sub, cause] of [
      ["alice/admin", /^\/subjects\/0: an account name is one component/], ["krbtgt/MIT.EXAMPLE", /one component/], ["alice@OTHER.EXAMPLE", /^\/subjects\/0: the name has a domain/],
      ["alice@MIT.EXAMPLE", /the name has a domain/], ["alice@", /the name has a domain/], ["@", /the name has a domain/], ["CORP\\alice", /one component/], ["alice\\@MIT.EXAMPLE", /the name has a domain/],
      ["älice", /printable ASCII/], ["ali\u200bce", /printable ASCII/], ["аlice", /printable ASCII/], [" alice", /no space at its ends/], ["alice ", /no space at its ends/], ["a".repeat(105), /1 to 104 bytes/],
    ]) await refusedFor(sub, cause);
    assert.equal(asked(), before);
  });

  test("with a NUL or another control in its name is nobody, and not the account before it: the adapter never hears of it", async () => {
    const before = (await world.described("corp")).calls;
    for (const sub of ["alice\0", "alice\0bob", "\0", "al\nice", "ali\tce", "alice\x7f"]) assertFault(await world.exchange(sub), "TOKEN_CLAIMS");
    assert.equal((await world.described("corp")).calls, before);
  });

  test("is not one of the accounts that nobody may be, in whatever case", async () => {
    for (const sub of ["krbtgt", "KRBTGT", "Administrator", "administrator", "kadmin", "K", "root", "app$", "krbtgt_1", "svc-backup", "SVC-BACKUP", "adm-alice"])
      await refusedFor(sub, /^\/subjects\/0: nobody may be this account$/);
  });

  test("is compared in its case by the KDC, and lowered only where the realm's rule says so", async () => {
    await refusedFor("ALICE", /^KDC_ERR_C_PRINCIPAL_UNKNOWN/);
    await is("ALICE@MIT.EXAMPLE", "alice", { target: "by-domains" });
    await is("Bob@CORP.example", "bob", { target: "by-domains" });
  });

  test("is of the rule's domains, by its pattern, or is refused", async () => {
    const by = { target: "by-domains" };
    await refusedFor("alice", /^\/subjects\/0: the name has no domain, and the rule has domains$/, by);
    await refusedFor("alice@other.example", /the name's domain is not the rule's/, by);
    await refusedFor("alice@mit.example@other.example", /the name's domain is not the rule's/, by);
    await refusedFor("alice@mit.example.evil.example", /the name's domain is not the rule's/, by);
    await refusedFor("al.ice@mit.example", /does not fit the pattern/, by);
    await refusedFor("krbtgt@mit.example", /nobody may be this account/, by);
  });

  test("is found in the table, or is refused", async () => {
    const by = { target: "by-table" };
    await is("Alice.Smith", "alice", by);
    await refusedFor("alice", /^\/subjects\/0: the table has no such name$/, by);
    await refusedFor("dave", /the table has no such name/, by);
  });

  test("of an issuer that the realm has no rule for is refused", async () => {
    await refusedFor("alice", /^no rule of the realm's subjects is for this issuer/, { target: "by-others" });
    const { status, json } = await world.stage.exchange({ subject_token: world.stage.other.token({ sub: "alice", aud: gateway.issuer }, { typ: "at+jwt" }), audience: audienceOf("intranet") });
    assert.ok(status >= 400 && !("access_token" in json), "the target takes no tokens of that issuer at all");
  });

  test("that was disabled gets no more when what is kept of it has aged, and is let in again", async () => {
    await world.realm.addUser("newcomer");
    await gateway.apply(world.adapter("forgetful", { settings: { cache: { evidence: 0, ticket: 0 } } }));
    await world.running("forgetful");
    await gateway.apply(world.target("by-forgetful", { service: services.app }, { adapter: "forgetful" }));
    await is("newcomer", "newcomer", { target: "by-forgetful" });
    await world.realm.disable("newcomer");
    await refusedFor("newcomer", /CLIENT_REVOKED/, { target: "by-forgetful" });
    await world.realm.enable("newcomer");
    await is("newcomer", "newcomer", { target: "by-forgetful" });
  });

  // Each time as soon as the change is answered: nothing is made by the document of before.
  test("that nobody may be from now on gets nothing by what was kept", async () => {
    const by = { target: "by-changed" }, changed = (settings) => gateway.apply(world.adapter("changed", { settings }));
    await changed({});
    await gateway.apply(world.target("by-changed", { service: services.app }, { adapter: "changed" }));
    for (let i = 0; i < 5; i++) {
      await changed({ denied: [`other-${i}`] });
      await is("frank", "frank", by);
      await changed({ denied: ["frank"] });
      await refusedFor("frank", /nobody may be this account/, by);
    }
    await changed({ subjects: [{ issuer: world.corp.identifier, name: "sub", table: { frank: "grace" } }] });
    await is("frank", "grace", by);
  });

  test("that is refused opens no circuit: others go on", async () => {
    for (let i = 0; i < 8; i++) await refusedFor("disabled", /CLIENT_REVOKED/);
    await is("erin", "erin");
    assert.equal((await world.described("corp")).failures, 0);
    assertFault(await world.exchange("alice", { target: "nowhere" }), "TARGET_UNKNOWN");
  });
});
