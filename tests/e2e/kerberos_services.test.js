// Which service a target may name and what the realm lets the gateway do there: not in the list, not known, not this team's,
// a gateway that may not impersonate, and a token that is too large.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { kerberosIsMissing, services, untrustedPrincipal, unknownService } from "./kit/kerberos.js";
import { account, KerberosStage } from "./kit/kerberos_stage.js";
import { until } from "./kit/machine.js";

const shown = "The subject cannot be used at this target.";
const transition = "then the gateway's account needs protocol transition (ok_to_auth_as_delegate, \"use any authentication protocol\")";

describe("a service of a Kerberos realm", { skip: kerberosIsMissing }, () => {
  let world, gateway;
  before(async () => {
    world = await KerberosStage.open({
      prepare: (made) => made.realm.writeKeytab(made.folder.file("untrusted.keytab"), untrustedPrincipal),
      edit: (documents, made) => {
        const put = (document) => documents.set(`${document.kind}/${document.metadata.name}`, document);
        const weak = (name, probe) => {
          put(made.adapter(name, { principal: untrustedPrincipal, keytab: made.folder.file("untrusted.keytab"), settings: probe === undefined ? {} : { probe } }));
          put(made.target(`by-${name}`, { service: services.app }, { adapter: name }));
        };
        weak("untrusted");
        weak("tested", { subject: "probe", service: services.app });
        put(made.target("small", { service: services.app, tokenBytes: 1024 }));
        put(made.target("small-tickets", { service: services.app, outputs: ["ccache"], tokenBytes: 1024 }));
      },
    });
    ({ gateway } = world);
  });
  after(() => world?.close());

  const serves = async () => assert.equal((await world.show(await world.granted("alice"))).user, account("alice"));
  const applied = (target) => gateway.admin("/v1/documents", { method: "POST", document: target });

  test("that the gateway may not delegate to is refused, and the record says where to look", async () => {
    await world.refused(await world.exchange("alice", { target: "other" }), "ADAPTER_REFUSED", { shown: "The target's service takes no delegated tickets of this gateway.",
      cause: /^KDC_ERR_BADOPTION \(-1765328371\) at S4U2Proxy: the service is not in the gateway's delegation list$/ });
    await serves();
  });

  test("that the KDC does not know is refused", async () => {
    await world.refused(await world.exchange("alice", { target: "unknown" }), "ADAPTER_REFUSED", { shown: "The target's service takes no delegated tickets of this gateway.",
      cause: /^KDC_ERR_S_PRINCIPAL_UNKNOWN \(-1765328377\) at S4U2Proxy: no account has this service$/ });
    await serves();
  });

  test("is asked for as soon as it is in the list", async () => {
    const list = [services.app, services.second];
    await world.realm.mayDelegateTo("gw/gateway.mit.example", [...list, services.other]);
    await until(async () => (await world.exchange("bob", { target: "other" })).status === 200, "it is in force");
    await world.realm.mayDelegateTo("gw/gateway.mit.example", list);
    await world.refused(await world.exchange("carol", { target: "other" }), "ADAPTER_REFUSED", { shown: "The target's service takes no delegated tickets of this gateway.", cause: /BADOPTION/ });
  });

  test("that the realm's document does not name is none that a target can have: nor one that grants tickets", async () => {
    for (const [service, mistake] of [
      ["HTTP/elsewhere.mit.example", /realm MIT\.EXAMPLE has no such service for targets/], [unknownService.toLowerCase(), /has no such service/],
      ["krbtgt/MIT.EXAMPLE", /has no such service/], ["kadmin/admin", /has no such service/], ["HTTP/app.mit.example@OTHER.EXAMPLE", /has no such service/], ["", /service/], [7, /service/], [undefined, /service/],
    ]) {
      const { status, text } = await applied(world.target("mistaken", { service }));
      assert.equal(status, 422, `${service}: ${text}`);
      assert.match(text, mistake);
    }
    for (const settings of [{ spn: services.app }, { lifetime: 59 }, { lifetime: 601 }, { outputs: [] }, { outputs: ["tgt"] }, { format: "tgt" }, { tokenBytes: 10 }])
      assert.equal((await applied(world.target("mistaken", { service: services.app, ...settings }))).status, 422, JSON.stringify(settings));
  });

  test("that is for another team's targets is refused to the rest", async () => {
    await gateway.apply(world.adapter("teams", { settings: { services: [{ service: services.app, teams: ["payments"] }] } }));
    await world.running("teams");
    const of = (team) => ({ ...world.target("of-team", { service: services.app }, { adapter: "teams" }), metadata: { name: "of-team", ...(team === undefined ? {} : { team }) } });
    const { status, text } = await applied(of());
    assert.equal(status, 422, text);
    assert.match(text, /this service is not for targets of this team/);
    await gateway.apply(world.adapter("teamless", { settings: { services: [{ service: services.app }] } }));
    await world.running("teamless");
    const teamless = world.target("of-no-team", { service: services.app }, { adapter: "teamless" });
    const owned = await applied({ ...teamless, metadata: { name: "of-no-team", team: "payments" } });
    assert.equal(owned.status, 422, "what is let to no team is for the operator's targets");
    await gateway.apply(teamless);
    await gateway.apply(of("payments"));
    assert.equal((await world.show(await world.granted("dave", { target: "of-team" }))).user, account("dave"));
  });

  test("gets no token that is larger than the target takes", async () => {
    for (const [target, type] of [["small", {}], ["small-tickets", { requested_token_type: "urn:dragoman:token-type:kerberos-ccache" }]])
      await world.refused(await world.exchange("erin", { target, ...type }), "ADAPTER_REFUSED", { shown: "The credential would be larger than this target takes.",
        cause: /^\d{4} bytes, and settings\.tokenBytes lets 1024: the subject is in many groups$/ });
    await serves();
  });

  test("is refused to a gateway that may not impersonate; without a probe nobody knows whether it is the user", async () => {
    const { dragoman_exchange: id } = await world.refused(await world.exchange("alice", { target: "by-untrusted" }), "ADAPTER_REFUSED_SUBJECT",
      { shown, cause: /^KDC_ERR_BADOPTION \(-1765328371\) at S4U2Proxy: this user, or everybody: / });
    assert.ok((await world.cause(id)).includes(transition));
    assert.ok(gateway.events("adapter_says").some(({ adapter, message }) => adapter === "untrusted" && message.includes("a user in spec.settings.probe tells which")));
    await serves();
  });

  test("with a probe the adapter of such a gateway is not well, is asked for nothing, and cannot be registered", async () => {
    const cause = /^(it is not running, or is not well: )?the probe probe at HTTP\/app\.mit\.example: KDC_ERR_BADOPTION \(-1765328371\) at S4U2Proxy: the gateway's account needs protocol transition/;
    const tested = await until(async () => (await world.described("tested"))?.health === "bad" && world.described("tested"), "it is tested");
    assert.match(tested.detail, cause);
    await world.refused(await world.exchange("alice", { target: "by-tested" }), "ADAPTER_UNAVAILABLE", { cause });
    assert.ok(gateway.events("adapter_is_bad").some(({ adapter, problem }) => adapter === "tested" && cause.test(problem)), "an alarm");
    const { status, text } = await gateway.admin("/v1/documents", { method: "POST", document: { ...world.documents.get("Adapter/tested"), metadata: { name: "again" } } });
    assert.equal(status, 422, text);
    assert.match(text, /protocol transition/);
    await serves();
  });
});
