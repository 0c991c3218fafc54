// A person's browser as far as a login needs one: a cookie jar for one host, redirects that are looked at before they are
// followed, forms that are sent from a page of ours.
import assert from "node:assert/strict";
import { trustingFetch } from "./http.js";

export class Browser {
  constructor(certificates, origin, cookies = []) {
    this.certificates = certificates;
    this.origin = origin;
    this.fetch = trustingFetch(certificates.ca);
    this.cookies = new Map(cookies);
  }

  // Another browser with the same cookies: whoever copied them.
  copy() {
    return new Browser(this.certificates, this.origin, this.cookies);
  }

  async send(path, { method = "GET", form, headers = {} } = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await this.fetch(new URL(path, this.origin), { method, redirect: "manual",
      headers: { ...(cookie === "" ? {} : { cookie }), ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" }), ...headers },
      body: form === undefined ? undefined : new URLSearchParams(form).toString() });
    const setCookies = response.headers.getSetCookie();
    for (const line of setCookies) this.#keep(line);
    const location = response.headers.get("location");
    return { status: response.status, headers: response.headers, setCookies, location: location === null ? null : new URL(location, this.origin), text: await response.text() };
  }

  // As browsers do: what begins with __Host- is kept only if it is for this host alone, everywhere on it, over TLS.
  #keep(line) {
    const [pair, ...attributes] = line.split(/; */);
    const [name, value] = pair.split(/=(.*)/);
    const has = (attribute) => attributes.some((one) => one.toLowerCase() === attribute);
    if (name.startsWith("__Host-")) assert.ok(has("secure") && has("path=/") && !attributes.some((one) => /^domain=/i.test(one)), line);
    if (has("max-age=0")) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }

  close() {
    this.fetch.close();
  }
}
