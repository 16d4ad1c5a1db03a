import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "#lib/config/parse-config.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok } from "#lib/core/result.ts";
import { registry } from "#lib/integrations/registry.ts";

const service = (password: string) =>
  `services:\n  - { id: pg, kind: postgres, nodes: [{ name: a, address: 10.0.0.1 }], user: u, database: d, password: "${password}" }\n`;

function read(text: string, lost: readonly string[] = []) {
  return parseConfig(text, "pitwall.yaml", registry, (reference) =>
    lost.includes(reference) ? err(failure("secret-missing", "it is not set")) : ok("x"),
  );
}

function problemsOf(text: string, lost?: readonly string[]): string[] {
  const config = read(text, lost);
  return config.ok ? [] : config.error.map(({ line, message }) => `${line}: ${message}`);
}

test("providers are named entries; one named like its kind needs no `provider`", () => {
  const text = `secrets:
  files: { folder: /run/secrets }
  vault-eu: { provider: vault, address: "https://vault.example.com", token: env:T }
${service("vault-eu:kv/data/pg#password")}`;
  const config = read(text);
  assert.ok(config.ok, JSON.stringify(config));
  assert.deepEqual(
    Object.entries(config.value.secrets).map(([name, { provider }]) => [name, provider]),
    [
      ["files", "files"],
      ["vault-eu", "vault"],
    ],
  );
});

test("a provider's mistakes are told with line and suggestion", () => {
  assert.deepEqual(problemsOf(`secrets: { files: { foldr: /run } }\n${service("env:A")}`), [
    "1: unknown key `foldr` — did you mean `folder`?",
  ]);
  assert.match(
    problemsOf(`secrets: { x: { provider: vualt } }\n${service("env:A")}`)[0] ?? "",
    /did you mean `vault`\?/,
  );
  assert.match(
    problemsOf(`secrets: { x: {} }\n${service("env:A")}`)[0] ?? "",
    /`provider` is missing: expected one of/,
  );
  assert.match(problemsOf(`secrets: { env: { folder: / } }\n${service("env:A")}`)[0] ?? "", /choose another name/);
  assert.match(
    problemsOf(`secrets: { vault: { address: "http://vault.example.com", token: env:T } }\n${service("env:A")}`)[0] ??
      "",
    /expected https/,
  );
});

test("a reference that no provider can give is told, without repeating what may be a secret", () => {
  const secrets = 'secrets: { command: { commands: { pg: ["true"] } } }\n';
  assert.match(
    problemsOf(secrets + service("command:lost"))[0] ?? "",
    /none of its commands has that name; there are pg/,
  );
  assert.deepEqual(problemsOf(secrets + service("command:pg")), []);
  const pasted = problemsOf(secrets + service("admin:hunter2"));
  assert.equal(pasted.length, 1);
  assert.ok(!pasted.join().includes("hunter2") && !pasted.join().includes("admin"), pasted.join());
  assert.match(problemsOf(secrets + service("comand:pg"))[0] ?? "", /did you mean `command:`\?/);
});

test("what a provider needs itself must be there", () => {
  const text = `secrets: { vault: { address: "https://v", token: env:LOST } }\n${service("vault:kv/a#b")}`;
  assert.deepEqual(problemsOf(text, ["env:LOST"]), ["1: `token`: the secret env:LOST is missing: it is not set"]);
});
