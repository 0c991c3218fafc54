// People at a real browser: headless Chromium, as Debian ships it, driven through playwright-core. It reaches this machine
// alone, trusts the one key of the tests' certificate besides the public authorities, and each person has cookies of their
// own. What every page asked for and complained of is kept, and the pages' pictures lie in DRAGOMAN_BUILD/screenshots.
import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { build } from "./machine.js";

const program = process.env.DRAGOMAN_CHROMIUM ?? "/usr/bin/chromium";
const LIMIT_MS = 20_000, TABS_MAX = 40;

// Why there is no browser here, for a test's skip; false where there is one, as wherever scripts/test installed it.
export const chromiumIsMissing = existsSync(program) ? false : `${program} is not installed (Debian package chromium)`;

// RFC 7469 section 2.4, as the option wants it.
const fingerprint = (certificate) => createHash("sha256").update(new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" })).digest("base64");

export class Chromium {
  static async open(certificates) {
    const made = new Chromium();
    made.browser = await chromium.launch({
      executablePath: program, headless: true, timeout: 60_000, chromiumSandbox: process.getuid() !== 0,
      args: [`--ignore-certificate-errors-spki-list=${fingerprint(certificates.certificate)}`, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-dev-shm-usage"],
    });
    return made;
  }

  // own: the origin whose pages are under test.
  async person(name, own) {
    const context = await this.browser.newContext({ viewport: { width: 900, height: 800 }, locale: "en-GB" });
    context.setDefaultTimeout(LIMIT_MS);
    const person = new Person(name, own, context);
    await person.newPage();
    return person;
  }

  async close() {
    await this.browser.close();
  }
}

class Person {
  requests = []; // {url, by: the page that asked}
  complaints = []; // of pages under test: what the console says, and what was thrown
  visited = []; // statuses and addresses of documents

  constructor(name, own, context) {
    Object.assign(this, { name, own, context });
  }

  // Another window of the same browser.
  async newPage() {
    const page = await this.context.newPage();
    page.on("request", (request) => this.requests.push({ url: request.url(), by: request.isNavigationRequest() ? undefined : request.frame().url() }));
    page.on("response", (response) => response.request().isNavigationRequest() && this.visited.push({ status: response.status(), url: response.url() }));
    page.on("pageerror", (error) => this.#complain(page.url(), error.message));
    page.on("console", (message) => {
      // That a page's own status is one of refusal is no complaint of the page's.
      const isStatus = /^Failed to load resource: the server responded with a status of/.test(message.text()) && message.location().url === page.url();
      if (["error", "warning"].includes(message.type()) && !isStatus) this.#complain(message.location().url || page.url(), message.text());
    });
    this.page = page;
    return page;
  }

  #complain(url, text) {
    if (url === "" || url === "about:blank" || url.startsWith(this.own) || this.page.url().startsWith(this.own)) this.complaints.push(`${url}: ${text}`);
  }

  // The status of where it ends.
  async open(url) {
    const response = await this.page.goto(url);
    return response?.status();
  }

  heading() {
    return this.page.locator("h1").first().innerText();
  }

  text() {
    return this.page.locator("body").innerText();
  }

  // Waits until the window shows a page of this heading.
  async sees(heading) {
    try {
      await this.page.locator("h1", { hasText: heading }).first().waitFor();
    } catch {
      throw new Error(`${this.name} waits for "${heading}" and sees ${this.page.url()}:\n${await this.text().catch(() => "(nothing)")}`);
    }
  }

  // By the keyboard alone: from the top, as often as it takes.
  async #tabTo(isIt, what) {
    for (let i = 0; i < TABS_MAX; i++) {
      await this.page.keyboard.press("Tab");
      if (await this.page.evaluate(isIt, what)) return;
    }
    throw new Error(`${this.name} cannot reach "${what}" by the keyboard on ${this.page.url()}:\n${await this.text()}`);
  }

  async press(name) {
    await this.#tabTo((wanted) => (document.activeElement?.innerText || document.activeElement?.value) === wanted && document.activeElement.matches("a, button, input[type=submit]"), name);
    await this.page.keyboard.press("Enter");
  }

  async type(field, words) {
    await this.#tabTo((wanted) => document.activeElement?.name === wanted, field);
    await this.page.keyboard.type(words);
  }

  async shot(name) {
    const folder = join(build, "screenshots");
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }

  // Pages under test asked nobody else for anything, and broke none of their own rules.
  assertClean() {
    const foreign = this.requests.filter(({ url, by }) => by?.startsWith(this.own) && !url.startsWith(this.own) && !url.startsWith("data:"));
    assert.deepEqual(foreign, [], "a page asked somebody else");
    assert.deepEqual(this.complaints, [], "a page complained");
  }

  async close() {
    await this.context.close();
  }
}
