// The gateway as it runs in a container: the documents are mounted at /etc/dragoman and cannot be written to, the store lies in
// /var/lib/dragoman, the admin socket in /run/dragoman, and nothing else can be written to. The user is one that no file
// of the image belongs to.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { Gateway, stream } from "../../e2e/kit/gateway.js";
import { processorMs } from "./unpacked.js";

export const USER = 4711;

export class ContainedGateway extends Gateway {
  // The class of those that run in this image, an Unpacked.
  static in(image) {
    return class extends ContainedGateway {
      image = image;
    };
  }

  async prepare(gatewaySpec = {}) {
    this.state = this.folder.file("state");
    this.run = this.folder.file("run");
    for (const path of [this.state, this.run]) mkdirSync(path, { mode: 0o770 });
    this.socketPath = `${this.run}/admin.sock`;
    this.databasePath = `${this.state}/store/dragoman.sqlite`;
    mkdirSync(`${this.state}/store`, { mode: 0o700 });
    await super.prepare(gatewaySpec);
  }

  // Documents name files as they are called in there.
  writeDocuments(documents) {
    const text = stream([this.document, ...documents]);
    const inside = [[this.state, "/var/lib/dragoman"], [this.run, "/run/dragoman"], [this.folder.path, "/etc/dragoman"]]
      .reduce((soFar, [outside, within]) => soFar.replaceAll(outside, within), text);
    writeFileSync(this.configPath, inside);
    if (process.getuid() === 0) execFileSync("chown", ["-R", `${USER}:0`, this.folder.path]);
  }

  get command() {
    return this.image.command(["/usr/bin/dragomand", "run", "--config", "/etc/dragoman/gateway.yaml"],
      { user: USER, mounts: [[this.state, "/var/lib/dragoman"], [this.run, "/run/dragoman"]], readable: [[this.folder.path, "/etc/dragoman"]] });
  }

  async start() {
    const began = performance.now();
    await super.start();
    this.startMs = performance.now() - began;
    this.startProcessorMs = [this.program.child.pid, this.worker].map(processorMs).reduce((sum, each) => sum + each);
    return this;
  }
}
