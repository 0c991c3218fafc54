// Accounts that a directory has for what a token calls somebody: one question over TLS, exactly one answer, and whoever asked
// hears no more of it than of any other refusal.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { makeCertificates } from "./kit/certificates.js";
import { assertFault } from "./kit/faults.js";
import { kerberosIsMissing, services } from "./kit/kerberos.js";
import { account, KerberosStage } from "./kit/kerberos_stage.js";
import { privateFolder } from "./kit/machine.js";

const shown = "The subject cannot be used at this target.";

describe("a subject whose account a directory has", { skip: kerberosIsMissing }, () => {
  let world, directory, others;
  before(async () => {
    others = privateFolder();
    world = await KerberosStage.open({
      prepare: async (made) => {
        ({ directory } = made.realm);
        const add = (name, userPrincipalName, sAMAccountName) => directory.addPerson(name, { userPrincipalName, ...(sAMAccountName && { sAMAccountName }) });
        await add("Alice Smith", "Alice.Smith@mit.example", "alice");
        await add("Bob Jones", "bob.jones@mit.example", "BOB");
        await add("Carol Kerr", "carol.kerr@mit.example", "carol");
        await add("Twin One", "twin@mit.example", "dave");
        await add("Twin Two", "twin@mit.example", "erin");
        await add("Guest", "guest.account@mit.example");
        await add("Root", "the.boss@mit.example", "Administrator");
        await add("Machine", "machine@mit.example", "app$");
        await add("Odd", "odd@mit.example", "alice/admin");
      },
      edit: (documents, made) => {
        const put = (document) => documents.set(`${document.kind}/${document.metadata.name}`, document);
        const ca = made.realm.certificates.authorityFile;
        const asking = (name, files, settings = {}, rule = {}) => {
          put(made.adapter(name, { spec: { files: { keytab: made.keytab, ...files } }, settings: {
            subjects: [{ issuer: made.corp.identifier, name: "sub", domains: ["mit.example"], directory: true, ...rule }],
            directory: { url: directory.secureUrl, base: directory.people, bind: "anonymous", ...settings },
          } }));
          put(made.target(`by-${name}`, { service: services.app }, { adapter: name }));
        };
        asking("people", { ca });
        asking("lowered", { ca }, {}, { lowerCase: true, pattern: "[a-z]+" });
        asking("distrusting", { ca: makeCertificates(others).authorityFile });
        asking("login", { ca }, { bind: "gssapi" });
      },
    });
  });
  after(async () => {
    await world?.close();
    others.remove();
  });

  const by = (name) => ({ target: `by-${name}` });
  const is = async (sub, expected, options = by("people")) => {
    const answer = await world.granted(sub, options);
    assert.equal((await world.show(answer)).user, account(expected));
  };
  const refusedFor = async (sub, cause, options = by("people")) => world.refused(await world.exchange(sub, options), "ADAPTER_REFUSED_SUBJECT", { shown, cause });

  test("is that account at the service, however the token writes the name", async () => {
    await is("Alice.Smith@mit.example", "alice");
    await is("alice.smith@MIT.example", "alice");
    const { dragoman_exchange: exchange } = await world.granted("carol.kerr@mit.example", by("people"));
    const { output } = await world.gateway.cli(["explain", exchange]);
    assert.ok(output.includes(account("carol")), output);
  });

  test("is refused where the directory has no such entry, several, or one without an account, and is told the same", async () => {
    const told = [];
    for (const [sub, cause] of [
      ["nobody.here@mit.example", /^the directory has no entry for this name$/],
      ["twin@mit.example", /^the directory has several entries for this name$/],
      ["guest.account@mit.example", /^the directory has an entry without an account for this name$/],
    ]) {
      const { error, error_description: description } = await refusedFor(sub, cause);
      told.push(`${error} ${description}`);
    }
    assert.equal(new Set(told).size, 1, told.join("\n"));
  });

  test("is looked for by its name, and never by a filter that the name is", async () => {
    for (const sub of ["*@mit.example", "Alice*@mit.example", "x)(userPrincipalName=Alice.Smith@mit.example", "x)(|(cn=*)@mit.example"]) await refusedFor(sub, /no entry for this name/);
  });

  test("is not asked for where the name alone is nobody's", async () => {
    directory.pause();
    try {
      await refusedFor("alice", /^\/subjects\/0: the name has no domain/);
      await refusedFor("alice@other.example", /^\/subjects\/0: the name's domain is not the rule's/);
      await refusedFor("Administrator@mit.example", /^\/subjects\/0: nobody may be this account/);
    } finally {
      directory.resume();
    }
  });

  test("is none of the accounts that nobody may be, though the directory says so", async () => {
    await refusedFor("the.boss@mit.example", /^\/subjects\/0: nobody may be this account$/);
    await refusedFor("machine@mit.example", /^\/subjects\/0: nobody may be this account$/);
    await refusedFor("odd@mit.example", /^\/subjects\/0: an account name is one component/);
  });

  test("has the account in the directory's case, or lowered where the rule says so", async () => {
    await refusedFor("bob.jones@mit.example", /^KDC_ERR_C_PRINCIPAL_UNKNOWN/);
    await is("bob.jones@mit.example", "bob", by("lowered"));
  });

  test("is as good as unknown while the directory is not one that the authorities of ca vouch for", async () => {
    const answer = await world.exchange("Alice.Smith@mit.example", by("distrusting"));
    assertFault(answer, "ADAPTER_UNAVAILABLE");
    assert.match(await world.cause(answer.json.dragoman_exchange), /^the directory: TLS, by the authorities/);
  });

  test("is found with the gateway's own ticket, once the directory is a service of the realm", async () => {
    const answer = await world.exchange("Alice.Smith@mit.example", by("login"));
    assertFault(answer, "ADAPTER_MISCONFIGURED");
    assert.match(await world.cause(answer.json.dragoman_exchange), /the KDC knows no ldap\/ service of this host/);
    await directory.takeTickets();
    await is("Alice.Smith@mit.example", "alice", by("login"));
    assert.ok(world.realm.requests("TGS_REQ").some((line) => line.includes("ldap/127.0.0.1")));
  });

  test("that was found is kept for a while; a directory that is silent costs others no more than a KDC does", async () => {
    await is("Alice.Smith@mit.example", "alice");
    directory.pause();
    try {
      await is("Alice.Smith@mit.example", "alice");
      const begun = performance.now(), answer = await world.exchange("twin@mit.example", by("people"));
      assertFault(answer, "ADAPTER_UNAVAILABLE");
      assert.ok(performance.now() - begun < 3000, `${performance.now() - begun} ms`);
      assert.match(await world.cause(answer.json.dragoman_exchange), /^the directory did not answer in time/);
    } finally {
      directory.resume();
    }
    await refusedFor("twin@mit.example", /several entries/);
  });
});
