import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.mjs";

const { parseAddresses, parseAddress, formatAddress, isAddress, isEnded, wholeAddresses } = await load("src/compose/addresses.ts");
const { isMeant, likeliest, suggest } = await load("src/compose/suggest.ts");
const { parseMailto } = await load("src/compose/mailto.ts");

const all = (text) => parseAddresses(text).map(({ name, email }) => [name, email]);

test("lists as people paste them", () => {
  assert.deepEqual(all("anna@example.org, Bob <bob@example.org>; carl@example.org"), [[null, "anna@example.org"], ["Bob", "bob@example.org"], [null, "carl@example.org"]]);
  assert.deepEqual(all('"Smith, John" <john@example.org>, x@example.org'), [["Smith, John", "john@example.org"], [null, "x@example.org"]]);
  assert.deepEqual(all("Smith, John <john@example.org>; Doe, Jane <jane@example.org>"), [["Smith, John", "john@example.org"], ["Doe, Jane", "jane@example.org"]]);
  assert.deepEqual(all("a@example.org b@example.org\nc@example.org\r\n"), [[null, "a@example.org"], [null, "b@example.org"], [null, "c@example.org"]]);
  assert.deepEqual(all("Team: a@example.org, B <b@example.org>;, c@example.org"), [[null, "a@example.org"], ["B", "b@example.org"], [null, "c@example.org"]]);
  assert.deepEqual(all("undisclosed-recipients:;"), []);
  assert.deepEqual(all("mailto:a@example.org, <mailto:b@example.org>"), [[null, "a@example.org"], [null, "b@example.org"]]);
});

test("forms of one address", () => {
  assert.deepEqual(parseAddress('"John \\"Jack\\" Smith" <john@example.org>'), { name: 'John "Jack" Smith', email: "john@example.org" });
  assert.deepEqual(parseAddress("john@example.org (John Smith)"), { name: "John Smith", email: "john@example.org" });
  assert.deepEqual(parseAddress("'Jo' <jo@example.org>"), { name: "Jo", email: "jo@example.org" });
  assert.deepEqual(parseAddress("Jo (at home) <jo@example.org> (away)"), { name: "Jo (at home)", email: "jo@example.org" });
  assert.deepEqual(parseAddress('"Jo \\" <jo@example.org>'), { name: '"Jo \\"', email: "jo@example.org" });
  assert.deepEqual(parseAddress("jo@example.org ()"), { name: null, email: "jo@example.org ()" });
  assert.deepEqual(parseAddress('"john smith"@example.org'), { name: null, email: '"john smith"@example.org' });
});

test("what is none stays as it was typed, and is told apart", () => {
  assert.deepEqual(all("nobody"), [[null, "nobody"]]);
  assert.deepEqual(all("nobody, anna@example.org"), [[null, "nobody"], [null, "anna@example.org"]]);
  for (const email of ["a@b.org", "é@exämple.org", "a+b@[192.0.2.1]", "a@localhost", '"a b"@c.org', "用户@例子.广告", "a@xn--bcher-kva.example"]) assert.ok(isAddress(email), email);
  for (const email of ["", "a", "@b.org", "a@", "a b@c.org", "a@b..org", ".a@b.org", "a.@b.org", "a@-b.org", "a@b-.org", `${"x".repeat(65)}@b.org`, "a@b.org>", "a@b,org", `a@${"x".repeat(64)}.org`])
    assert.ok(!isAddress(email), email);
});

test("written and read again it is the same", () => {
  for (const address of [{ name: 'A, "B" \\ C', email: "a@b.org" }, { name: "Émile", email: "e@b.org" }, { name: null, email: "x@b.org" }, { name: "O'Neil (x)", email: "o@b.org" }])
    assert.deepEqual(parseAddresses(formatAddress(address)), [address]);
});

test("a comma ends an address, but not within a name", () => {
  assert.ok(isEnded("a@b.org,") && isEnded("Bob <a@b.org>; "));
  assert.ok(!isEnded('"Smith, ') && !isEnded("Smith,") && !isEnded('"Smith," <a@b.org>') && !isEnded("a@b.org"));
});

test("what needs no more letters", () => {
  const whole = ["a@b.org", "Bob <bob@localhost>", "a@[192.0.2.1]", "a@b.org, Carl <c@d.org>", "用户@例子.广告"];
  for (const text of whole) assert.ok(wholeAddresses(text).length, text);
  for (const text of ["", " ", "Bob", "a@", "a@b", "a@b.o", "a@b..org", "Bob <a@b.org", "a@b.org, c@d"]) assert.deepEqual(wholeAddresses(text), [], text);
});

test("who is suggested is put in only for what stands there, and not in the place of an address", () => {
  const [john, rene] = [{ name: "John Doe", email: "john@example.org" }, { name: "René", email: "r@example.org" }];
  for (const typed of ["jo", "DOE j", "john@exam", "john@example.org"]) {
    assert.ok(isMeant(john, typed), typed);
    assert.equal(likeliest([john], typed), 0, typed);
  }
  assert.ok(isMeant(rene, "rene") && isMeant(rene, "Ren\u00e9"));
  assert.ok(!isMeant(john, "josephine@new.org"));
  assert.equal(likeliest([john], "john@example.or"), -1);
  assert.equal(likeliest([rene, john], "JOHN@example.org"), 1);
  assert.equal(likeliest([], "jo"), -1);
});

test("endless input ends", () => {
  const begun = performance.now();
  for (const text of ['"'.repeat(50_000), "<".repeat(50_000), "(".repeat(50_000), "a@b.org,".repeat(10_000), `${"a".repeat(50_000)}@`, "Smith, ".repeat(5000)]) parseAddresses(text), isAddress(text);
  const spaces = " ".repeat(50_000);
  const mostly = [`x <${spaces}y@z.org`, `x <mailto:${spaces}y@z.org${spaces}>${spaces}(${spaces})`, `x (${spaces}y@z.org)${spaces}y`];
  for (const text of [...mostly, `${"@".repeat(50_000)} (x)`, `x <${"> ".repeat(25_000)}y@z.org`]) parseAddresses(text), parseAddress(text);
  for (const text of [`${'"\\'.repeat(25_000)} <y@z.org>`, `${"x,".repeat(25_000)}" <y@z.org>`, `${"x,".repeat(25_000)}y@z.org`]) parseAddresses(text);
  parseMailto(`mailto:x%20%3C${"%20".repeat(50_000)}y@z.org`);
  assert.ok(performance.now() - begun < 5000);
});

test("mailto: fills in what it may (RFC 6068)", () => {
  const wanted = parseMailto("mailto:anna@example.org,c%2Bd@example.org?cc=Carl%20%3Ccarl@example.org%3E&subject=100%25%20a%0D%0ABcc:x@y&body=one%0D%0Atwo&from=evil@example.org&attach=/etc/passwd&In-Reply-To=%3Cid@example.org%3E");
  assert.deepEqual(wanted.to.map((a) => a.email), ["anna@example.org", "c+d@example.org"]);
  assert.deepEqual(wanted.cc, [{ name: "Carl", email: "carl@example.org" }]);
  assert.equal(wanted.subject, "100% a Bcc:x@y");
  assert.equal(wanted.body, "one\ntwo");
  assert.deepEqual(wanted.inReplyTo, ["id@example.org"]);
  assert.deepEqual(Object.keys(wanted).sort(), ["bcc", "body", "cc", "inReplyTo", "subject", "to"]);
  assert.deepEqual(parseMailto("mailto:?to=a@b.org&to=c@d.org").to.map((a) => a.email), ["a@b.org", "c@d.org"]);
  assert.equal(parseMailto("mailto:a@b.org?body=100%").body, "100%");
  assert.equal(parseMailto("mailto:a@b.org?body=100%%20sure").body, "100% sure");
});

test("who is meant is asked when one stops typing, one question at a time, and only of what stands there", async () => {
  const asked = [], answers = [];
  const client = { call: (_, { text }) => (asked.push(text), new Promise((done) => answers.push(done))) };
  let now;
  const type = (text) => suggest(client, (now = text), () => now === text);
  const until = async (is) => {
    while (!is()) await new Promise((done) => setTimeout(done, 5));
  };
  for (const text of ["z", "zo"]) void type(text);
  const first = type("zor");
  await until(() => asked.length);
  assert.deepEqual(asked, ["zor"]);
  const others = [type("zora"), type("zoraid")];
  const last = type("zoraida");
  await new Promise((done) => setTimeout(done, 200));
  assert.deepEqual(asked, ["zor"], "the first is not answered yet");
  answers[0]({ list: [{ name: "Zora", email: "zora@example.org" }] });
  assert.deepEqual(await first, [{ name: "Zora", email: "zora@example.org" }]);
  assert.deepEqual(await Promise.all(others), [[], []]);
  await until(() => asked.length > 1);
  assert.deepEqual(asked, ["zor", "zoraida"]);
  answers[1]({ list: [] });
  assert.deepEqual(await last, []);
});
