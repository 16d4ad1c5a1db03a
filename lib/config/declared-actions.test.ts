import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { fillWords, parseWord } from "#lib/config/command-template.ts";
import { parseConfig } from "#lib/config/parse-config.ts";
import { secretReferences } from "#lib/config/secret-references.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok } from "#lib/core/result.ts";
import { registry } from "#lib/integrations/registry.ts";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMS1kxDzlJ+4DRVb3Lt4FSXDZcKpLcHkHOYHBRgJfq0V";

function read(action: string, more = "") {
  const text = `hosts:
  web-01: { address: 10.0.0.1, user: pitwall, key: "env:KEY", hostKey: "${key}" }
services:
  - id: shop
    kind: http
    url: https://shop.example.com/
    actions:
      - ${action.trim().replaceAll("\n", "\n        ")}
${more}`;
  const exists = (reference: string) =>
    reference === "env:GONE" ? err(failure("secret-missing", "it is not set")) : ok(null);
  return parseConfig(text, "/etc/pitwall.yaml", registry, exists);
}

const good = `id: flush
title: Flush
at: web-01
run: [/usr/local/bin/flush, "--shop={shop}", "{level}"]
params:
  shop: { enum: [de, 7] }
  level: { integer: { min: 1, max: 9 } }
secrets: { TOKEN: "env:FLUSH" }
verify: { run: [/usr/local/bin/flushed, "{shop}"] }`;

function messages(action: string, more?: string): string[] {
  const parsed = read(action, more);
  return parsed.ok ? [] : parsed.error.map(({ line, message }) => `${line}: ${message}`);
}

test("a declared action is read with its defaults, and its secrets are among those that are looked up and redacted", () => {
  const parsed = read(good);
  if (!parsed.ok) assert.fail(parsed.error[0]?.message);
  const action = parsed.value.services[0]?.actions?.[0];
  assert.deepEqual(action?.params.shop?.enum, ["de", "7"]);
  assert.deepEqual(
    [action?.risk, action?.timeout, action?.heal, action?.verify],
    [
      "medium",
      60_000,
      false,
      { run: ["/usr/local/bin/flushed", "{shop}"], exit: 0, times: 3, every: 1_000, within: 60_000 },
    ],
  );
  assert.ok(secretReferences(parsed.value, registry).includes("env:FLUSH"));
});

describe("what is wrong with a declared action is told with its line and what was meant:", () => {
  const cases: [string, string, RegExp][] = [
    ["an unknown key", good.replace("verify:", "verfy:"), /^16: unknown key `verfy` — did you mean `verify`\?/],
    ["a host that is none", good.replace("at: web-01", "at: web-1"), /^10: .*`web-1` — did you mean `web-01`\?/],
    [
      "a parameter that is none",
      good.replace("={shop}", "={shp}"),
      /^11: .*\{shp\} must be one of `params` — did you mean \{shop\}\?/,
    ],
    ["a parameter that is not used", good.replace('"{level}"', "x"), /`level` must stand in a command as \{level\}/],
    [
      "a program that is a parameter",
      good.replace("/usr/local/bin/flush,", '"{shop}",'),
      /the program must be named here/,
    ],
    ["a line for a shell", good.replace("/usr/local/bin/flush,", "sh, -c,"), /must stand in a script on the host/],
    [
      "a shell behind another program",
      good.replace("/usr/local/bin/flush,", "env, /bin/bash, -lc,"),
      /must stand in a script/,
    ],
    [
      "sudo without -n",
      good.replace("/usr/local/bin/flush,", "sudo, flush,"),
      /expected `sudo`, `-n`, then a program by its whole path/,
    ],
    [
      "sudo with what no line of sudoers can name",
      good.replace("/usr/local/bin/flush,", "sudo, -n, /bin/flush,"),
      /under sudo \{level\} must be an `enum`/,
    ],
    [
      "variables that sudo would take away",
      good.replace("/usr/local/bin/flush,", "sudo, -n, /bin/flush,"),
      /`secrets` must not stand beside sudo/,
    ],
    [
      "a secret that is not there",
      good.replace("env:FLUSH", "env:GONE"),
      /^15: `TOKEN`: the secret env:GONE is missing/,
    ],
    ["a secret itself", good.replace("env:FLUSH", "hunter2"), /^15: .*found \[not shown\]/],
    ["two kinds of a parameter", good.replace("{ enum: [de, 7] }", "{ enum: [a], pattern: b }"), /exactly one of/],
    ["bounds in the wrong order", good.replace("min: 1", "min: 10"), /`min` to be at most `max`/],
    ["a pattern that RE2 does not know", good.replace("{ enum: [de, 7] }", '{ pattern: "(?=a)b" }'), /RE2 dialect/],
    ["a control character in a word", good.replace("{level}", "a\\nb"), /without control characters/],
  ];
  for (const [name, action, expected] of cases) {
    test(name, () => {
      const told = messages(action);
      assert.ok(
        told.some((one) => expected.test(one)),
        told.join("\n"),
      );
    });
  }

  test("two of one id", () => {
    const again = `      - ${good.replaceAll("\n", "\n        ")}\n`;
    assert.match(messages(good, again).join("\n"), /two actions of this service have the id `flush`/);
  });
});

test("units are read by their whole names, and no template, path or data store is taken for one", () => {
  const units = (unit: string) => messages(good, `    units: [{ host: web-01, unit: "${unit}" }]\n`);
  assert.deepEqual(units("apache2.service"), []);
  assert.deepEqual(units("shop@1.service"), []);
  for (const wrong of [
    "apache2",
    "a@.service",
    "-x.service",
    "../x.service",
    "a b.service",
    "x.timer",
    "*.service",
    "postgresql@15-main.service",
  ]) {
    assert.equal(units(wrong).length, 1, wrong);
  }
});

test("whatever values go into a command, it has as many words as its template, and the values stand where they belong", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("{a}", "x", "--n={b}", "{a}{b}"), { minLength: 1 }),
      fc.string(),
      fc.string(),
      (words, a, b) => {
        const filled = fillWords(["program", ...words], { a, b });
        assert.equal(filled.length, words.length + 1);
        for (const [index, word] of words.entries()) {
          const wanted = parseWord(word).map((part) =>
            part.type === "literal" ? part.text : part.name === "a" ? a : b,
          );
          assert.equal(filled[index + 1], wanted.join(""));
        }
      },
    ),
  );
});
