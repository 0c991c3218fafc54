// The Debian package: what lintian says of it, what systemd says of its unit, that its manual pages can be read and its
// completions complete, and that the configuration it comes with is a good one. With --full it is installed into a small Debian.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { makeCertificates } from "../e2e/kit/certificates.js";
import { isFull, privateFolder, root } from "../e2e/kit/machine.js";

const EXPOSURE_MOST = 1.8; // of 10, as systemd 252 counts; what is left is the network and what adapters in other languages need
const folder = join(root, "build/package");
const archive = join(folder, readdirSync(folder).find((name) => /^dragoman_.*\.deb$/.test(name)));

// What it says, on both ways together.
const says = (program, args, options) => {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", ...options });
  return { status, text: `${stdout}${stderr}` };
};

describe("the Debian package", () => {
  let unpacked, file;
  before(() => {
    unpacked = privateFolder();
    file = (name) => unpacked.file(name);
    execFileSync("dpkg-deb", ["--extract", archive, unpacked.path]);
    execFileSync("dpkg-deb", ["--control", archive, unpacked.file("DEBIAN")]);
  });
  after(() => unpacked?.remove());

  test("is what Debian's own examiner has nothing against", () => {
    const { status, text } = says("lintian", ["--allow-root", "--fail-on", "error,warning", archive]);
    assert.deepEqual([status, text], [0, ""]);
  });

  test("has a unit that systemd understands, and that leaves little open", (t) => {
    // systemd wants to find the programs where the unit says.
    const unit = readFileSync(file("lib/systemd/system/dragoman.service"), "utf8");
    assert.match(unit, /^Type=notify$/m);
    assert.ok(existsSync(file("usr/bin/dragomand")));
    writeFileSync(file("dragoman.service"), unit.replace("/usr/bin/dragomand", file("usr/bin/dragomand")));
    const verified = says("systemd-analyze", ["verify", "--man=no", file("dragoman.service")]);
    assert.deepEqual([verified.status, verified.text], [0, ""]);
    const judged = says("systemd-analyze", ["security", "--offline=yes", "--no-pager", file("dragoman.service")]);
    const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(judged.text)[1]);
    t.diagnostic(`exposure: ${exposure} of 10`);
    assert.ok(exposure <= EXPOSURE_MOST, judged.text);
    // Without these the gateway could confine neither its worker nor an adapter.
    const filter = /^SystemCallFilter=(.*)$/m.exec(unit)[1].split(" ");
    for (const name of ["seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"]) assert.ok(filter.includes(name), name);
  });

  test("has manual pages that say what the tables say, without a complaint of either formatter", () => {
    const pages = [["man1/dragoman.1", /--requested-token-type TYPE/], ["man5/dragoman.yaml.5", /spec\.limits\.threads/], ["man8/dragomand.8", /make-sealing-key FILE/]];
    for (const [page, pattern] of pages) {
      const plain = file(page.split("/")[1]);
      writeFileSync(plain, execFileSync("zcat", [file(`usr/share/man/${page}.gz`)]));
      const shown = spawnSync("man", ["--warnings", "--local-file", plain], { encoding: "utf8", env: { ...process.env, LC_ALL: "C.UTF-8", MANWIDTH: "100", MANROFFOPT: "" } });
      assert.deepEqual([shown.status, shown.stderr], [0, ""]);
      assert.match(shown.stdout, pattern);
      // Pages carry their version and no date.
      const complaints = says("mandoc", ["-T", "lint", "-W", "warning", plain]).text.split("\n").filter((line) => line !== "" && !line.includes("missing date"));
      assert.deepEqual(complaints, []);
    }
  });

  const completed = {
    bash: (line) => execFileSync("bash", ["--norc", "-c", 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dragoman; printf "%s\\n" "${COMPREPLY[@]}"',
      "bash", file("usr/share/bash-completion/completions/dragoman"), ...line.split(" ")], { encoding: "utf8" }),
    fish: (line) => execFileSync("fish", ["--no-config", "-c", 'source $argv[1]; complete -C "$argv[2]"', file("usr/share/fish/vendor_completions.d/dragoman.fish"), line],
      { encoding: "utf8", env: { ...process.env, HOME: unpacked.path } }).replaceAll(/\t.*$/gm, ""),
    // zsh completes at a terminal only: it gets one, and is asked for what it would list.
    zsh: (line) => execFileSync("zsh", ["-f", "-c", `
      zmodload zsh/zpty
      zpty shell "zsh -f -i"
      zpty -w shell "PS1= ; fpath=($1 \\$fpath); autoload -Uz compinit; compinit -u -d ${file("zcompdump")}"
      zpty -w shell 'compadd() { local -a found; builtin compadd -O found "$@"; [[ -n $found ]] && print -rl -- "<<"$^found">>" >>$HOME/found; return 1 }; print rea""dy'
      local text; while zpty -r shell text; do [[ $text == *ready* ]] && break; done
      zpty -w -n shell "$2"$'\\t\\x15'
      zpty -w shell 'print fini""shed'
      while zpty -r shell text; do [[ $text == *finished* ]] && break; done
      zpty -d shell; touch $HOME/found; cat $HOME/found; rm $HOME/found`, "zsh", file("usr/share/zsh/vendor-completions"), line],
    { encoding: "utf8", timeout: 60_000, env: { ...process.env, HOME: unpacked.path, TERM: "xterm" } }).replaceAll(/<<|>>/g, ""),
  };
  for (const shell of ["bash", "zsh", "fish"])
    test(`completes commands, options and values in ${shell}`, () => {
      const once = (line) => [...new Set(completed[shell](line).split("\n").map((word) => word.trim()).filter(Boolean))];
      // What is typed ahead at a terminal may come between a shell and its list.
      const words = (line) => Array.from({ length: 3 }).reduce((found) => (found.length > 0 ? found : once(line)), []);
      assert.ok(["exchange", "apply", "kill", "completion"].every((word) => words("dragoman ").includes(word)), words("dragoman ").join());
      assert.deepEqual(words("dragoman key ").sort(), ["list", "revoke", "rotate"]);
      assert.ok(words("dragoman key rotate --al").includes("--algorithm"), words("dragoman key rotate --al").join());
      assert.ok(!words("dragoman key list --al").includes("--algorithm"));
      assert.ok(words("dragoman get ").includes("AgentClass"));
      assert.deepEqual(words("dragoman get -o ").sort(), ["json", "table", "yaml"]);
    });

  test("comes with a configuration that dragomand takes, once the files it names are made", () => {
    const here = privateFolder();
    try {
      makeCertificates(here);
      copyFileSync(file("etc/dragoman/gateway.yaml.example"), here.file("gateway.yaml"));
      execFileSync(file("usr/bin/dragomand"), ["make-sealing-key", here.file("sealing.key")]);
      writeFileSync(here.file("orders-agent.secret"), "a secret of thirty-two characters", { mode: 0o600 });
      const { status, text } = says(file("usr/bin/dragomand"), ["check", here.path]);
      assert.deepEqual([status, text], [0, "4 documents, no mistakes\n"]);
    } finally {
      here.remove();
    }
  });

  test("has scripts for its installation that a shell can read", () => {
    for (const name of ["postinst", "postrm", "prerm"]) execFileSync("sh", ["-n", file(`DEBIAN/${name}`)]);
    assert.equal(readFileSync(file("DEBIAN/conffiles"), "utf8"), "/etc/dragoman/gateway.yaml.example\n");
  });

  if (isFull) test("installs into a small Debian, makes its user, and goes again", () => {
    const small = privateFolder();
    try {
      execFileSync("mmdebstrap", ["--variant=minbase", `--include=${archive}`, "--hook-dir=/usr/share/mmdebstrap/hooks/file-mirror-automount", "bookworm", small.file("root")], { stdio: "pipe" });
      const inside = (...words) => execFileSync("chroot", [small.file("root"), ...words], { encoding: "utf8" });
      assert.match(inside("getent", "passwd", "dragoman"), /^dragoman:x:\d+:\d+::\/var\/lib\/dragoman:\/usr\/sbin\/nologin$/m);
      assert.match(inside("dragomand", "--version"), /^dragomand /);
      inside("dpkg", "--purge", "dragoman");
      assert.ok(!existsSync(small.file("root/etc/dragoman")));
    } finally {
      small.remove();
    }
  });
});
