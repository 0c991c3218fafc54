// A page of docs that is walked: what it says to write is written, what it says to run is run, and what it says is shown has
// to be shown. Each block stands after a comment that says what it is:
//   file: NAME             written under that name
//   run: WHO               run by bash; "run, refused: WHO" has to fail
//   shows                  lines that what ran last has shown, each somewhere; … is whatever comes there
// and whatever else the test says that it can do.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { programs, root, run } from "./machine.js";

// Its blocks in their order: {does, who, text}. A fence without a comment is a mistake of the page.
function readPage(name) {
  const page = readFileSync(join(root, "docs", name), "utf8");
  const blocks = [...page.matchAll(/<!-- ([^>]+?) -->\n(?:[^\n`]*\n)*?```\w*\n([\s\S]*?)\n```/g)].map(([, marker, text]) => {
    const [does, who] = marker.split(": ");
    return { does, who, text };
  });
  assert.equal(blocks.length, page.match(/^```\w*$/gm).length / 2, "every block of the page says what it is");
  return blocks;
}

const spaces = (text) => text.replace(/\s+/g, " ").trim();
const pattern = (line) => new RegExp(spaces(line).split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*"));

export class WalkedPage {
  #exported = [];

  // stage: whose folder the desk is in, where all happens. replaced: [what stands on the page, what is meant here], each everywhere.
  // more: {DOES: async (text) => what it said}.
  constructor(name, { stage, replaced, more = {} }) {
    this.blocks = readPage(name);
    Object.assign(this, { stage, replaced, more });
    mkdirSync(stage.folder.file("desk"), { mode: 0o700 });
  }

  inPlace(text) {
    return this.replaced.reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
  }

  file(name) {
    return this.inPlace(this.blocks.find(({ does, who }) => does === "file" && who === name).text);
  }

  place(...names) {
    return this.stage.folder.file(join("desk", ...names));
  }

  // What a block exports holds in those after it, as in a shell that stays open. The arguments of a program.
  shell(text) {
    const script = ["set -e", ...this.#exported, this.inPlace(text)].join("\n");
    this.#exported.push(...this.inPlace(text).split("\n").filter((line) => line.startsWith("export ")));
    return ["/bin/bash", ["-c", script], { cwd: this.place(), env: { ...process.env, PATH: `${dirname(programs.dragoman)}:${process.env.PATH}`, HOME: this.place(),
      XDG_STATE_HOME: this.place(), NO_COLOR: "1", DRAGOMAN_CA_FILE: this.stage.certificates.authorityFile, DRAGOMAN_ADMIN_SOCKET: "" } }];
  }

  async #walk({ does, who, text }) {
    if (does === "file") return void writeFileSync(this.place(who), `${this.inPlace(text)}\n`);
    if (this.more[does] !== undefined) return this.more[does](text);
    assert.match(does, /^run(, refused)?$/);
    const { code, output, errors } = await run(...this.shell(text));
    const said = output + errors;
    assert.equal(code !== 0, does === "run, refused", `${text}\n${said}`);
    return said;
  }

  // {blocks, shown}: how many of each there were.
  async walk() {
    let said = "", shown = 0;
    for (const block of this.blocks) {
      if (block.does !== "shows") said = (await this.#walk(block)) ?? said;
      else for (const line of block.text.split("\n").filter((line) => line.trim() !== "")) {
        assert.match(spaces(said), pattern(this.inPlace(line)), `the page says that this is shown:\n${line}\nand what was shown is:\n${said}`);
        shown += 1;
      }
    }
    return { blocks: this.blocks.length, shown };
  }
}
