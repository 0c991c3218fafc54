// Random Cedar cases: policies with every operator, well typed for the most part and wrong on purpose for the rest, over
// entities with attributes and tags, and a request. The same seed gives the same cases, on every machine.

export class Chance {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  // mulberry32: small, and its whole state is the seed.
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let word = this.state;
    word = Math.imul(word ^ (word >>> 15), word | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 4294967296;
  }

  below(limit) {
    return Math.floor(this.next() * limit);
  }

  one(choices) {
    return choices[this.below(choices.length)];
  }

  is(probability) {
    return this.next() < probability;
  }

  many(most, make) {
    return Array.from({ length: this.below(most + 1) }, make);
  }
}

const whole = (digits) => JSON.rawJSON(digits);
const longs = ["0", "1", "2", "3", "-1", "-2", "7", "10", "100", "3037000500", "-3037000500", "4611686018427387904",
  "9223372036854775806", "9223372036854775807", "-9223372036854775807", "-9223372036854775808"];
const strings = ["", "a", "b", "ab", "abc", "*", "a*c", "A", "é", "e\u0301", "日本", "👩‍💻", "a\nb", "\"", "\\", "\u0000", "a.b", "it's", "\u202e", "\ud7ff", "10.0.0.1", "1.0"];
const decimals = ["0.0", "1.0", "1.00", "-1.5", "0.0001", "-0.0", "922337203685477.5807", "-922337203685477.5808", "12.34"];
const badDecimals = ["1", "1.", ".5", "1.23456", "922337203685477.5808", "+1.0", "1e3", "", " 1.0", "1_0.0", "00.5", "１.0"];
const addresses = ["127.0.0.1", "10.0.0.1", "10.0.0.0/8", "10.1.2.3/32", "0.0.0.0/0", "192.168.0.1/24", "224.0.0.1", "239.255.255.255/4", "::1", "::", "::/0",
  "fe80::1/64", "ff02::1", "2001:db8::ff00:42:8329", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "2001:DB8::1", "127.0.0.1/8", "255.255.255.255", "::1/128", "ff00::/8"];
const badAddresses = ["", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/08", "::ffff:1.2.3.4", ":::", "1::2::3", "12345::", "::1/129", "g::1", "1.2.3.4/+8",
  " 127.0.0.1", "::1%1", "1:2:3:4:5:6:7:8:9", "1.2.3.4/032", "::/00", "0x7f.0.0.1"];
const datetimes = ["1970-01-01", "2024-02-29", "2000-01-01T00:00:00Z", "2000-01-01T12:34:56.789Z", "2024-10-15T11:35:00.000+0100", "2024-10-15T11:35:00-2359", "9999-12-31T23:59:59.999Z",
  "0000-01-01", "1969-12-31T23:59:59.999Z", "2016-12-31T23:59:59Z", "0001-01-01T00:00:00+2359"];
const badDatetimes = ["", "2023-02-29", "2024-1-1", "2024-01-01T00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:60Z", "2024-01-01T00:00:00", "2024-01-01 00:00:00Z", "2024-01-01T00:00:00.00Z",
  "2024-01-01T00:00:00+2400", "2024-01-01T00:00:00+01:00", "2024-01-01t00:00:00z", "10000-01-01", "-001-01-01", "2024-01-01Z", "2024-01-01T00:00:00+0060", "2024-00-10", "2024-01-00"];
const durations = ["0ms", "1d", "-1d", "1h", "2h30m", "1d2h3m4s5ms", "-0s", "106751991167d", "-9223372036854775808ms", "9223372036854775807ms", "90m", "00001s"];
const badDurations = ["", "-", "1", "1x", "1m1h", "1d1d", "1s1m", "+1s", "1 s", "--1s", "9223372036854775808ms", "106751991168d", "1.5h", "ms", "1ms1s", "1D", "- 1s", "99999999999999999999d"];
const functions = { decimal: [decimals, badDecimals], ip: [addresses, badAddresses], datetime: [datetimes, badDatetimes], duration: [durations, badDurations] };

const ids = ["a", "b", "c", "", "it's \"x\"", "日本", "*", "\u0000"];
const types = ["User", "Team", "Corp::Doc", "Corp::Sub::Box"];
const actions = ["read", "write", "any"];
// What an attribute holds when nothing is wrong on purpose.
const attributes = { n: "long", m: "long", s: "string", t: "string", flag: "bool", owner: "entity", team: "entity", many: "longs", names: "strings", friends: "entities",
  rec: "record", dec: "decimal", ip: "ip", at: "datetime", dur: "duration", "odd name": "long", "if": "string", "é": "bool", "": "long", mixed: "mixed" };
const attributeNames = Object.keys(attributes);
const kinds = ["bool", "long", "string", "entity", "longs", "strings", "entities", "record", "decimal", "ip", "datetime", "duration", "mixed"];

// What the policies mean by these names, as a schema; "mixed" has no type there.
const typeNames = { long: "Long", string: "String", bool: "Bool", entity: "User", longs: "Set<Long>", strings: "Set<String>", entities: "Set<Team>", decimal: "decimal", ip: "ipaddr",
  datetime: "datetime", duration: "duration" };
const shape = (depth) => `{ ${Object.entries(attributes).filter(([, kind]) => kind !== "mixed" && (kind !== "record" || depth > 0))
  .map(([name, kind], index) => `${JSON.stringify(name)}${index % 3 === 2 ? "?" : ""}: ${kind === "record" ? shape(depth - 1) : typeNames[kind]}`).join(", ")} }`;
export const schema = `
  entity Team in [Team] ${shape(1)} tags String;
  entity User in [Team, Corp::Doc] ${shape(1)} tags String;
  namespace Corp { entity Doc ${shape(1)}; }
  namespace Corp::Sub { entity Box in [Corp::Doc] { n?: Long, s: String, owner: User }; }
  action any, group0;
  action group1 in group0;
  action read in [any, group1] appliesTo { principal: [User, Team], resource: [Corp::Doc, User], context: ${shape(1)} };
  action write in any appliesTo { principal: User, resource: [Corp::Doc, Corp::Sub::Box], context: { n: Long, flag?: Bool, rec: ${shape(0)} } };
`;

const isIdentifier = (name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !["if", "true", "false", "then", "else", "in", "is", "like", "has", "__cedar"].includes(name);

export class Cases {
  constructor(seed) {
    this.chance = new Chance(seed);
  }

  // -- data

  uid() {
    return this.chance.is(0.15) ? { type: "Action", id: this.chance.one(actions) } : { type: this.chance.one(types), id: this.chance.one(this.chance.is(0.93) ? ids.slice(0, 2) : ids) };
  }

  extension(name) {
    return { __extn: { fn: name, arg: this.chance.one(functions[name][0]) } };
  }

  value(kind, depth = 2) {
    const { chance } = this;
    if (chance.is(0.08)) kind = chance.one(kinds);
    switch (kind) {
      case "bool": return chance.is(0.5);
      case "long": return whole(chance.one(longs));
      case "string": return chance.one(strings);
      case "entity": return { __entity: this.uid() };
      case "longs": return chance.many(4, () => this.value("long"));
      case "strings": return chance.many(4, () => this.value("string"));
      case "entities": return chance.many(4, () => this.value("entity"));
      case "mixed": return depth === 0 ? 1 : chance.many(4, () => this.value(chance.one(kinds), depth - 1));
      case "record": return depth === 0 ? {} : this.record(depth - 1, 0.3);
      default: return this.extension(kind);
    }
  }

  record(depth, share) {
    return Object.fromEntries(attributeNames.filter(() => this.chance.is(share)).map((name) => [name, this.value(attributes[name], depth)]));
  }

  entities() {
    const { chance } = this;
    const names = new Map();
    for (const type of types) for (const [index, id] of ids.entries()) if (chance.is(index < 2 ? 0.85 : 0.1)) names.set(`${type} ${id}`, { type, id });
    for (const id of actions) if (chance.is(0.7)) names.set(`Action ${id}`, { type: "Action", id });
    const uids = [...names.values()].sort(() => chance.next() - 0.5);
    // Parents come later in the list, or are nowhere in it: no circles.
    return uids.map((uid, index) => ({
      uid: chance.is(0.2) ? { __entity: uid } : uid,
      attrs: this.record(2, 0.8),
      parents: chance.many(3, () => uid.type === "Action" ? { type: "Action", id: `group${chance.below(2)}` }
        : index + 1 < uids.length ? uids[index + 1 + chance.below(uids.length - index - 1)] : { type: "Team", id: "nowhere" }),
      ...(chance.is(0.4) && { tags: Object.fromEntries(chance.many(3, () => chance.one(strings)).map((tag) => [tag, this.value("string")])) }),
    }));
  }

  request() {
    const { chance } = this;
    return { principal: this.uid(), action: { type: "Action", id: chance.one(actions) }, resource: this.uid(), context: this.record(2, 0.85) };
  }

  // -- text of policies

  // A string literal; isPattern leaves its stars alone as often as not.
  literal(text, isPattern = false) {
    const { chance } = this;
    let out = "";
    for (const letter of text) {
      const code = letter.codePointAt(0);
      if (letter === "\"" || letter === "\\") out += `\\${letter}`;
      else if (letter === "\n") out += "\\n";
      else if (code === 0) out += chance.is(0.5) ? "\\0" : "\\u{0}";
      else if (letter === "*" && isPattern) out += chance.is(0.5) ? "*" : "\\*";
      else if (letter === "'") out += chance.is(0.5) ? "'" : "\\'";
      else if (chance.is(0.05)) out += code < 128 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
      else out += letter;
    }
    return `"${out}"`;
  }

  pattern() {
    const { chance } = this;
    return this.literal([...chance.one(strings), ...chance.many(2, () => "*"), ...chance.one(strings)].filter(() => chance.is(0.8)).join(""), true);
  }

  name(uid = this.uid()) {
    return `${uid.type}::${this.literal(uid.id)}`;
  }

  // Levels as in the grammar: 0 if, 1 ||, 2 &&, 3 relation, 4 sum, 5 product, 6 unary, 7 member.
  at(level, [own, text]) {
    const { chance } = this;
    return own < level ? (chance.is(0.99) ? `(${text})` : text) : chance.is(0.03) ? `(${text})` : text;
  }

  expression(kind, depth, level) {
    return this.at(level, this.make(kind, depth));
  }

  // [level, text] of an expression that has this kind, unless it is wrong on purpose.
  make(kind, depth) {
    const { chance } = this;
    if (chance.is(0.03)) kind = chance.one(kinds);
    if (depth <= 0 || chance.is(0.12)) return this.leaf(kind);
    if (chance.is(0.05)) return [0, `if ${this.expression("bool", depth - 1, 0)} then ${this.expression(kind, depth - 1, 0)} else ${this.expression(kind, depth - 1, 0)}`];
    if (chance.is(0.25)) return this.access(kind, depth);
    switch (kind) {
      case "bool": return this.truth(depth);
      case "long": return this.sum(depth);
      case "longs": case "strings": case "entities": case "mixed": return this.set(kind, depth);
      case "record": return this.recordLiteral(depth);
      case "datetime": return chance.is(0.5) ? this.leaf(kind) : this.call("datetime", chance.one([["offset", "duration"], ["toDate"]]), depth);
      case "duration": return chance.is(0.5) ? this.leaf(kind) : this.call("datetime", chance.one([["durationSince", "datetime"], ["toTime"]]), depth);
      default: return this.leaf(kind);
    }
  }

  leaf(kind) {
    const { chance } = this;
    switch (kind) {
      case "bool": return [7, chance.one(["true", "false"])];
      case "long": {
        const digits = chance.one(longs);
        return [digits.startsWith("-") ? 6 : 7, digits];
      }
      case "string": return [7, this.literal(chance.one(strings))];
      case "entity": return [7, chance.is(0.6) ? chance.one(["principal", "action", "resource"]) : this.name()];
      case "longs": case "strings": case "entities": case "mixed": return [7, "[]"];
      case "record": return [7, chance.is(0.7) ? "context" : "{}"];
      default: return [7, `${kind}(${this.literal(chance.one(functions[kind][chance.is(0.93) ? 0 : 1]))})`];
    }
  }

  attributeOf(kind) {
    const { chance } = this;
    const fitting = attributeNames.filter((name) => attributes[name] === kind);
    return fitting.length === 0 || chance.is(0.1) ? chance.one(attributeNames) : chance.one(fitting);
  }

  access(kind, depth) {
    const { chance } = this;
    const name = this.attributeOf(kind);
    const holder = chance.is(0.6) ? chance.one(["principal", "resource", "context", "context"]) : this.expression(chance.one(["record", "entity"]), depth - 1, 7);
    const text = isIdentifier(name) && chance.is(0.8) ? `${holder}.${name}` : `${holder}[${this.literal(name)}]`;
    if (kind === "string" && chance.is(0.3)) return [7, `${this.expression("entity", depth - 1, 7)}.getTag(${this.expression("string", depth - 1, 0)})`];
    if (chance.is(0.6)) return [7, text];
    return [0, `if ${holder} has ${isIdentifier(name) && chance.is(0.8) ? name : this.literal(name)} then ${text} else ${this.expression(kind, depth - 1, 0)}`];
  }

  sum(depth) {
    const { chance } = this;
    const term = (level) => this.expression("long", depth - 1, level);
    switch (chance.below(6)) {
      case 0: return [4, `${term(4)} + ${term(5)}`];
      case 1: return [4, `${term(4)} - ${term(5)}`];
      case 2: return [5, `${term(5)} * ${term(6)}`];
      case 3: return [6, `${"-".repeat(1 + chance.below(chance.is(0.1) ? 5 : 2))}${term(7)}`];
      case 4: return this.call("duration", [chance.one(["toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"])], depth);
      default: return this.leaf("long");
    }
  }

  set(kind, depth) {
    const { chance } = this;
    const element = { longs: "long", strings: "string", entities: "entity" }[kind];
    return [7, `[${chance.many(4, () => this.expression(element ?? chance.one(kinds), depth - 1, 0)).join(", ")}${chance.is(0.02) ? "," : ""}]`];
  }

  recordLiteral(depth) {
    const { chance } = this;
    const names = [...new Set(chance.many(4, () => chance.one(attributeNames)))];
    if (names.length !== 0 && chance.is(0.01)) names.push(names[0]);
    return [7, `{${names.map((name) => `${isIdentifier(name) || chance.is(0.02) ? name || "\"\"" : this.literal(name)}: ${this.expression(attributes[name], depth - 1, 0)}`).join(", ")}}`];
  }

  call(receiver, [name, ...operands], depth) {
    return [7, `${this.expression(receiver, depth - 1, 7)}.${name}(${operands.map((operand) => this.expression(operand, depth - 1, 0)).join(", ")})`];
  }

  truth(depth) {
    const { chance } = this;
    const part = (kind, level) => this.expression(kind, depth - 1, level);
    const kind = chance.one(kinds);
    const name = chance.one(attributeNames);
    const element = { longs: "long", strings: "string", entities: "entity" };
    const set = chance.one(["longs", "strings", "entities", "mixed"]);
    switch (chance.below(16)) {
      case 0: return [1, `${part("bool", 1)} || ${part("bool", 2)}`];
      case 1: return [2, `${part("bool", 2)} && ${part("bool", 3)}`];
      case 2: return [6, `${"!".repeat(1 + chance.below(chance.is(0.1) ? 5 : 2))}${part("bool", 7)}`];
      case 3: case 4: return [3, `${part(kind, 4)} ${chance.one(["==", "!="])} ${part(kind, 4)}`];
      case 5: {
        const ordered = chance.one(["long", "long", "datetime", "duration"]);
        return [3, `${part(ordered, 4)} ${chance.one(["<", "<=", ">", ">="])} ${part(ordered, 4)}`];
      }
      case 6: return [3, `${part("entity", 4)} in ${part(chance.one(["entity", "entities"]), 4)}`];
      case 7: return [3, `${part("entity", 4)} is ${chance.one([...types, "Action", "Nowhere::Type"])}${chance.is(0.4) ? ` in ${part(chance.one(["entity", "entities"]), 4)}` : ""}`];
      case 8: return [3, `${part("string", 4)} like ${this.pattern()}`];
      case 9: return [3, `${part(chance.one(["record", "entity"]), 4)} has ${isIdentifier(name) ? chance.is(0.3) ? `${name}.${chance.one(attributeNames.filter(isIdentifier))}` : name : this.literal(name)}`];
      case 10: return this.call(set, ["contains", element[set] ?? kind], depth);
      case 11: return this.call(set, [chance.one(["containsAll", "containsAny"]), chance.is(0.9) ? set : chance.one(kinds)], depth);
      case 12: return chance.is(0.5) ? this.call(set, ["isEmpty"], depth) : this.call("entity", ["hasTag", "string"], depth);
      case 13: return this.call("decimal", [chance.one(["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"]), "decimal"], depth);
      case 14: return chance.is(0.4) ? this.call("ip", ["isInRange", "ip"], depth) : this.call("ip", [chance.one(["isIpv4", "isIpv6", "isLoopback", "isMulticast"])], depth);
      default: return this.access("bool", depth);
    }
  }

  scope(variable) {
    const { chance } = this;
    if (variable === "action") {
      const action = () => this.name({ type: "Action", id: chance.one([...actions, "group0", "group1"]) });
      switch (chance.below(15)) {
        case 0: return `action == ${action()}`;
        case 1: return `action in ${action()}`;
        case 2: return `action in [${chance.many(3, action).join(", ")}]`;
        default: return "action";
      }
    }
    switch (chance.below(24)) {
      case 0: return `${variable} == ${this.name()}`;
      case 1: return `${variable} in ${this.name()}`;
      case 2: return `${variable} is ${chance.one(types)}`;
      case 3: return `${variable} is ${chance.one(types)} in ${this.name()}`;
      default: return variable;
    }
  }

  policy() {
    const { chance } = this;
    const annotations = chance.is(0.15) ? [...new Set(chance.many(2, () => chance.one(["id", "note", "if", "x1"])))].map((name) => `@${name}${chance.is(0.8) ? `(${this.literal(chance.one(strings))})` : ""} `).join("") : "";
    const conditions = chance.many(2, () => `${chance.one(["when", "when", "unless"])} { ${this.expression("bool", 1 + chance.below(5), 0)} }`);
    if (conditions.length === 0 && chance.is(0.7)) conditions.push(`when { ${this.expression("bool", 2 + chance.below(5), 0)} }`);
    return `${annotations}${chance.one(["permit", "permit", "forbid"])}(${this.scope("principal")}, ${this.scope("action")}, ${this.scope("resource")}${chance.is(0.01) ? "," : ""})${chance.is(0.1) ? " // note\n" : " "}${conditions.join(" ")};`;
  }

  // One change that often makes a text none; it may cut a character in two, which no text can carry.
  damaged(text) {
    const { chance } = this;
    const at = chance.below(text.length + 1);
    switch (chance.below(5)) {
      case 0: return text.slice(0, at) + text.slice(at + 1 + chance.below(3));
      case 1: return text.slice(0, at) + chance.one([..."(){}[]<>=!&|+-*/%.,:;@?\"'\\ \n\t#~", "//", "::", "in ", "is ", "\u00a0", "\u0085", "é", "0", "__cedar", "?principal", "\\u{", "\\x9", "\\"]) + text.slice(at);
      case 2: return text.slice(0, at) + text.slice(Math.max(0, at - 1 - chance.below(12)));
      case 3: return text.replace(chance.one(["(", ")", "{", "principal", "action", "when", ";", "==", " in ", "permit", "&&", "\""]), () => chance.one(["", ")", "resource", "context", "==", "=", " has ", " like ", "forbid", "||", "'"]));
      default: return text.slice(0, at);
    }
  }

  next() {
    const { chance } = this;
    const policies = Array.from({ length: 1 + chance.below(4) }, () => this.policy()).join("\n");
    return { policies: chance.is(0.1) ? this.damaged(policies).toWellFormed() : policies, entities: this.entities(), request: this.request() };
  }
}
