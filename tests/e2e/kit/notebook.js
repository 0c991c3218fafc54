// A stage whose gateway has the tests' own adapter (tests/notebook): its outside world is a folder with a file for each
// credential that is valid there. Files of other names make it misbehave: "down", "slow", "wide", "closed", "open", for as long
// as they are there. Leases share what the target "circle" gives.
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { programs } from "./machine.js";
import { Stage } from "./stage.js";

export class Notebook {
  // options are Stage's. The targets "notebook", "stone" (where nothing can be withdrawn) and "circle" are added to its documents.
  static async open({ gateway, prepare, edit, ...options } = {}) {
    const notebook = new Notebook();
    notebook.stage = await Stage.open({
      ...options,
      daemon: programs.notebook,
      gateway: { leases: { pendingFor: "2s", retryDelay: "1s", retryDelayMaximum: "2s" }, confinement: { enabled: false }, insecure: ["workers-not-confined"], ...gateway },
      prepare: async (parts) => {
        notebook.world = parts.folder.file("world");
        mkdirSync(notebook.world);
        process.env.DRAGOMAN_NOTEBOOK = notebook.world;
        await prepare?.(parts);
      },
      edit: (documents, parts) => {
        for (const name of ["notebook", "stone", "circle"]) {
          const target = structuredClone(documents.get("Target/partner-files"));
          target.metadata.name = name;
          Object.assign(target.spec, { audiences: [`https://${name}.example`], adapter: name, token: undefined, maximumLifetime: name === "stone" ? "4s" : "10m" });
          documents.set(`Target/${name}`, target);
        }
        edit?.(documents, parts);
      },
    });
    return notebook;
  }

  form = (changes) => ({ audience: "https://notebook.example", scope: "files:read", ...changes });
  exchange = (changes, options) => this.stage.exchange(this.form(changes), options);
  misbehave = (how) => writeFileSync(`${this.world}/${how}`, "");
  behave = () => ["down", "slow", "wide", "closed", "open"].forEach((how) => rmSync(`${this.world}/${how}`, { force: true }));
  isValid = (id) => existsSync(`${this.world}/credential-${id}`);
  lease = async (id) => (await this.stage.gateway.admin(`/v1/leases/${id}`)).json;
  close = () => this.stage?.close();
}
