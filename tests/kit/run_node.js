// Runs a folder of tests (tests/e2e, tests/faults) with node's own runner: readable lines while it goes, the counts for
// scripts/test at the end. The first argument is the folder's name, further ones choose spec files by a part of theirs.
import { readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const [suite, ...wanted] = process.argv.slice(2);
const folder = resolve(import.meta.dirname, "..", suite);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".test.js") && (wanted.length === 0 || wanted.some((part) => name.includes(part))))
  .map((name) => join(folder, name));

const counts = { passed: 0, failed: 0, skipped: 0 };
const stream = run({ files, forceExit: true, concurrency: Number(process.env.DRAGOMAN_JOBS ?? 2), timeout: process.env.DRAGOMAN_FULL ? 7_200_000 : 900_000 });
const count = (kind) => ({ details, skip, todo, name }) => {
  if (details?.type === "suite") return;
  if (skip !== undefined || todo !== undefined) {
    counts.skipped++;
    process.stdout.write(`skipped ${name}: ${skip ?? todo}\n`);
  } else counts[kind]++;
};
stream.on("test:pass", count("passed"));
stream.on("test:fail", count("failed"));
stream.compose(spec()).pipe(process.stdout);
stream.on("end", () => {
  if (counts.passed + counts.failed === 0) counts.failed = 1;
  if (process.env.DRAGOMAN_RESULT) writeFileSync(process.env.DRAGOMAN_RESULT, `${counts.passed} ${counts.failed} ${counts.skipped}\n`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
});
