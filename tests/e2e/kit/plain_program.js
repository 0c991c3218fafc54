// Programs that a gateway under test starts itself, built once without sanitizers.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./machine.js";

// A program of ours as it is shipped: what a sanitizer reserves is more memory than the sandbox lets any adapter have.
export function plainProgram(target, path) {
  const folder = join(root, "build/plain");
  execFileSync("cmake", ["--preset", "release", "-B", folder], { cwd: root, stdio: "pipe" });
  execFileSync("ninja", ["-C", folder, target], { stdio: "pipe" });
  return join(folder, path);
}
