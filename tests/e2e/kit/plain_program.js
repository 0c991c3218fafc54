// Programs that a gateway under test starts itself, built once without sanitizers.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./machine.js";

// A program of ours as it is shipped: what a sanitizer reserves is more memory than the sandbox lets any adapter have.
export function plainProgram(target, path) {
  const folder = join(root, "build/plain"), build = 'cmake --preset release -B "$1" && ninja -C "$1" "$2"';
  // Test files run side by side, and two builds in one folder would be in each other's way.
  execFileSync("flock", [join(root, "build/plain.lock"), "sh", "-c", build, "sh", folder, target], { cwd: root, stdio: "pipe" });
  return join(folder, path);
}
