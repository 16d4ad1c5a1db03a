import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { exact, type GrantedCommand, matching, oneOf } from "#lib/core/grant.ts";
import { integerPattern } from "#lib/core/integer-pattern.ts";
import { matchesWhole } from "#lib/core/pattern.ts";
import { posixPattern } from "#lib/core/posix-pattern.ts";
import { sudoersOf } from "#lib/core/sudoers.ts";

test("the pattern of a range matches the whole numbers within it and nothing else", () => {
  fc.assert(
    fc.property(fc.nat(3_000), fc.nat(3_000), fc.nat(4_000), (a, b, tried) => {
      const [min, max] = [Math.min(a, b), Math.max(a, b)];
      const pattern = new RegExp(`^(?:${integerPattern(min, max)})$`);
      assert.equal(pattern.test(`${tried}`), tried >= min && tried <= max);
      for (const odd of [`0${tried}`, `-${tried}`, `${tried}.0`, `${tried} `, ""]) {
        assert.equal(pattern.test(odd), false, odd);
      }
    }),
  );
});

test("a pattern of the RE2 dialect means the same for grep, or is said to have what POSIX lacks", () => {
  const same = [
    "[a-z0-9-]+",
    "v\\d{1,3}(?:\\.\\d+)*",
    "a|bc|d[^e]",
    "[\\w.]+",
    "\\[x\\]",
    "[a\\-z]",
    "a{2,3}b?",
    ".x",
    "[^a-c]",
    "/srv/[A-Za-z]+",
    "\\$\\^\\{",
    "^abc$",
  ];
  const words = [
    "abc",
    "v1",
    "v1.22",
    "v1.",
    "a",
    "bc",
    "de",
    "dx",
    "a_.b",
    "[x]",
    "-",
    "a-z",
    "aab",
    "aaab",
    "ab",
    "yx",
    "/srv/App",
    "$^{",
    "z",
    "b",
    "",
  ];
  for (const pattern of same) {
    const posix = posixPattern(pattern);
    assert.ok(posix.ok, `${pattern}: ${posix.ok ? "" : posix.error}`);
    for (const word of words) {
      const found: { status: number | null } = spawnSync("grep", ["-Eqx", "-e", posix.value], {
        input: `${word}\n`,
        env: { LC_ALL: "C", PATH: process.env.PATH ?? "" } as never,
      });
      const wanted = matchesWhole(
        pattern.replace(/^\^|\$$/g, (end) => (pattern === "^abc$" ? "" : end)),
        word,
      );
      assert.equal(found.status === 0, wanted, `${pattern} as ${posix.value} on ${word}`);
      assert.equal(new RegExp(`^(?:${posix.value})$`).test(word), wanted, `${posix.value} in JavaScript on ${word}`);
    }
  }
  for (const pattern of ["(?i)a", "a+?", "\\bx", "\\pL", "[[:alpha:]]", "a^b", "(?P<n>a)", "é"])
    assert.ok(!posixPattern(pattern).ok, pattern);
});

const command = (id: string, words: GrantedCommand["words"]): GrantedCommand => ({
  id,
  about: "",
  access: "act",
  words,
  limitSeconds: 9,
});

test("sudoers get one exact line for each way a command can be, and visudo takes them; what cannot be counted out is told", () => {
  const odd = "a b,c:d=e\\f*g?h[i]!j#k\"l'(m)$n~^&|;<>`";
  const { lines, left } = sudoersOf("pitwall", [
    command("plain", ["sudo", "-n", "/usr/bin/systemctl", "restart", "apache2.service"].map(exact)),
    command("enum", [exact("sudo"), exact("-n"), exact("/opt/flush"), oneOf(["de", "fr"]), oneOf(["1", "2"])]),
    command("alone", ["/usr/bin/sudo", "-n", "/opt/all"].map(exact)),
    command("odd", ["sudo", "-n", "/opt/x", odd, ""].map(exact)),
    command("setting", ["sudo", "-n", "REGISTRY_DIR=/run/x y", "passenger-status", "--show=xml"].map(exact)),
    command("open", [exact("sudo"), exact("-n"), exact("/opt/kill"), matching("[0-9]+")]),
    command("none", ["systemctl", "show"].map(exact)),
  ]);
  assert.deepEqual(left, ["open: /opt/kill <[0-9]+>"]);
  assert.ok(lines.includes("pitwall ALL=(root) NOPASSWD: /usr/bin/systemctl restart apache2.service"));
  assert.equal(lines.filter((line) => line.includes("/opt/flush ")).length, 4);
  assert.ok(lines.includes('pitwall ALL=(root) NOPASSWD: /opt/all ""'), "without arguments any would be allowed");
  assert.ok(lines.some((line) => line.includes("SETENV: /usr/sbin/passenger-status --show\\=xml")));
  assert.ok(
    lines.every((line) => !/(?<!\\)[*?[\]]/.test(line)),
    "no wildcard",
  );
  const checked = spawnSync("visudo", ["-c", "-f", "-"], { input: `${lines.join("\n")}\n`, encoding: "utf8" });
  assert.equal(checked.status, 0, checked.stderr + checked.stdout);
});
