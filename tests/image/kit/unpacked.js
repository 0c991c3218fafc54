// The image that scripts/test built, unpacked once for every test, and programs started in it as a container would be: as any
// user, with root's group, on a root that nobody can write to. No daemon and no runtime of containers: a mount namespace and
// chroot, as root, or in a user namespace of our own where we are not.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../e2e/kit/machine.js";

export const layout = join(root, "build/image/oci");
const isRoot = process.getuid() === 0;

export const blob = (digest, of = layout) => readFileSync(join(of, "blobs", ...digest.split(":")));
const json = (digest, of) => JSON.parse(blob(digest, of).toString());

// {digest, manifest, config} of the one image in a layout.
export function imageOf(of = layout) {
  const { manifests: [{ digest }] } = JSON.parse(readFileSync(join(of, "index.json"), "utf8"));
  const manifest = json(digest, of);
  return { digest, manifest, config: json(manifest.config.digest, of) };
}

export class Unpacked {
  constructor(of = layout) {
    this.folder = mkdtempSync(join(tmpdir(), "dragoman-image-"));
    execFileSync("umoci", ["unpack", ...(isRoot ? [] : ["--rootless"]), "--image", `${of}:dragoman`, join(this.folder, "bundle")], { stdio: "pipe" });
    this.path = join(this.folder, "bundle/rootfs");
  }

  file(name) {
    return join(this.path, name);
  }

  // The command line that runs one in it. mounts: [[what, where]], what may be written to.
  command(program, { user = 4711, mounts = [], readable = [] } = {}) {
    const steps = [
      'mount --bind "$1" "$1"', 'mount -o remount,bind,ro "$1"', 'mount --rbind /proc "$1/proc"', 'mount -t tmpfs -o mode=0755 tmpfs "$1/dev"',
      'for name in null zero full random urandom; do : >"$1/dev/$name" && mount --bind "/dev/$name" "$1/dev/$name" || exit 1; done',
      ...mounts.map(([what, where]) => `mount --bind '${what}' "$1${where}"`),
      ...readable.map(([what, where]) => `mount --bind '${what}' "$1${where}" && mount -o remount,bind,ro "$1${where}"`),
      "cd /", `exec ${isRoot ? `chroot --userspec=${user}:0 "$1"` : `unshare --map-user=${user} --map-group=0 --root="$1" --`} "\${@:2}"`,
    ];
    return ["unshare", isRoot ? "-m" : "-rm", "--", "bash", "-c", steps.join(" && "), "bash", this.path, ...program];
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// Memory of a process that is its own, and its share of what others have too.
export function proportionalKib(process) {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${process}/smaps_rollup`, "utf8"))[1]);
}

// Time that a process, with those children of it that have ended, has spent on the processor. The kernel tells user space in
// hundredths of a second.
export function processorMs(process) {
  const fields = readFileSync(`/proc/${process}/stat`, "utf8").split(") ")[1].split(" ");
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * 10;
}
