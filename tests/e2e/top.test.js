// dragoman top beside a gateway with a little to do: once and as JSON, and in a real terminal until Ctrl-C.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { programs, run } from "./kit/machine.js";
import { Stage } from "./kit/stage.js";

// Runs a program in a terminal of 100 columns, presses Ctrl-C when it has drawn three times, and prints what it wrote and
// its exit status.
const inTerminal = `
import fcntl, os, pty, struct, sys, termios
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
seen, pressed = b"", False
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError:
        break
    if not part:
        break
    seen += part
    if not pressed and seen.count(b"dragoman top") >= 3:
        os.write(terminal, b"\\x03")
        pressed = True
sys.stdout.write(repr(seen.decode()))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
`;

describe("dragoman top", () => {
  let stage, isOver = false, load;
  before(async () => {
    stage = await Stage.open({ edit: (documents) => delete documents.get("Team/payments").spec.budget });
    load = (async () => {
      while (!isOver) {
        await stage.exchange();
        await stage.exchange({ audience: "https://nowhere.example" });
      }
    })();
  });
  after(async () => {
    isOver = true;
    await load;
    await stage?.close();
  });

  test("shows one interval for people", async () => {
    const { code, output, errors } = await stage.gateway.cli(["top", "--once"]);
    assert.equal(code, 0, errors);
    assert.match(output, /^exchanges +[1-9]\d* granted, [1-9]\d* refused, 0 failed a second; /m);
    assert.match(output, /^issuers +oldest keys \d+ s old, 0 without keys$/m);
    assert.match(output, /^STAGE +A SECOND +P50 +P99/m);
    assert.match(output, /^verify +[1-9]\d* +[\d.]+ (ms|s) +[\d.]+ (ms|s)/m);
    assert.match(output, /^in all +[1-9]/m);
    assert.match(output, /^target_unknown +authenticated +[\d.]+/m);
    assert.ok(!output.includes("\x1b"), "nothing but text where it is no terminal");
  });

  test("gives one line of JSON for programs", async () => {
    const { code, output, errors } = await stage.gateway.cli(["top", "--once", "--interval", "0.5", "-o", "json"]);
    assert.equal(code, 0, errors);
    const [line, ...rest] = output.trim().split("\n");
    assert.deepEqual(rest, []);
    const shown = JSON.parse(line);
    assert.ok(shown.granted > 0 && shown.refused > 0 && shown.failed === 0, line);
    assert.ok(shown.interval_ms >= 500 && shown.p99_us >= shown.p50_us && shown.p50_us > 0, line);
    assert.ok(shown.stages.verify.p99_us >= shown.stages.verify.p50_us, line);
    assert.ok(shown.resident_bytes > 1 << 20, line);
  });

  test("is drawn in place in a terminal, and leaves it as it was", async () => {
    const { code, output, errors } = await run("python3", ["-c", inTerminal, programs.dragoman, "top", "--interval", "0.2", "--admin-socket", stage.gateway.socketPath]);
    assert.equal(code, 0, errors);
    assert.match(output, /^['"]\\x1b\[\?1049h\\x1b\[\?25l/);
    assert.ok(output.split("\\x1b[H\\x1b[J").length >= 4, "each time over the last");
    assert.match(output, /\\x1b\[\?25h\\x1b\[\?1049l['"]$/);
  });

  test("says what is wrong with an interval, and that nobody answers", async () => {
    for (const interval of ["0", "x", "1x", "nan", "1e9"]) {
      const { code, errors } = await stage.gateway.cli(["top", "--once", "--interval", interval]);
      assert.equal(code, 2, interval);
      assert.match(errors, /--interval is a number of seconds from 0\.1 to 3600/);
    }
    const { code, errors } = await stage.gateway.cli(["top", "--once"], { env: { DRAGOMAN_ADMIN_SOCKET: stage.folder.file("nowhere.sock") } });
    assert.equal(code, 3);
    assert.match(errors, /no gateway answers on the admin socket .*\n +why: +No such file or directory\n/);
  });
});
