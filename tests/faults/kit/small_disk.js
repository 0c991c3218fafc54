// A file system of few megabytes that a test can fill up. It is mounted in a mount namespace of its own, so that nothing
// outside sees it and it goes with the test; where we are not root, a user namespace lets us mount it all the same.
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const VARIABLE = "DRAGOMAN_SMALL_DISK";

// mount(8) wants to be root, and PostgreSQL does not: who was not root is itself again behind the mount.
function command(folder, mebibytes, program) {
  const isRoot = process.getuid() === 0;
  const mount = `mount -t tmpfs -o size=${mebibytes}m,mode=0755 tmpfs "$1"`;
  const back = isRoot ? "" : `unshare --map-user=${process.getuid()} --map-group=${process.getgid()} -- `;
  return ["unshare", isRoot ? "-m" : "-rm", "--", "sh", "-c", `${mount} && shift && exec ${back}"$@"`, "sh", folder, ...program];
}

const runs = ([program, ...args], options) => spawnSync(program, args, options);

// To be called at the beginning of a test file: runs that file anew where the disk is mounted, and returns it there.
// Where mounting is refused: {skip: why}.
export function onSmallDisk(mebibytes) {
  if (process.env[VARIABLE] !== undefined) return new SmallDisk(process.env[VARIABLE]);
  const folder = mkdtempSync(join(tmpdir(), "dragoman-disk-"));
  try {
    const trial = runs(command(folder, 1, ["true"]), { encoding: "utf8" });
    if (trial.status !== 0) return { skip: `a small file system cannot be mounted: ${trial.stderr || trial.error}` };
    const { status } = runs(command(folder, mebibytes, [process.execPath, ...process.execArgv, ...process.argv.slice(1)]),
      { stdio: "inherit", env: { ...process.env, [VARIABLE]: folder } });
    process.exitCode = status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.exit();
}

class SmallDisk {
  constructor(folder) {
    this.folder = folder;
    this.ballast = join(folder, "ballast");
  }

  // A folder on it that only its owner may enter.
  subfolder(name) {
    const path = join(this.folder, name);
    mkdirSync(path, { mode: 0o700 });
    return path;
  }

  // To the last byte.
  fill() {
    const file = openSync(this.ballast, "w");
    try {
      for (let piece = 1 << 20; piece > 0; )
        try {
          writeSync(file, Buffer.alloc(piece));
        } catch (error) {
          if (error.code !== "ENOSPC") throw error;
          piece >>= 1;
        }
    } finally {
      closeSync(file);
    }
  }

  clear() {
    unlinkSync(this.ballast);
  }
}
