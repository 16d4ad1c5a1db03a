import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { commandDoors } from "#lib/access/doors/commands.ts";
import { type PagePath, pageDoors } from "#lib/access/doors/pages.ts";
import { listDoors } from "#lib/access/doors.ts";

const root = path.resolve(import.meta.dirname, "../..");
const files = (pattern: string) => globSync(pattern, { cwd: root }).map((file) => file.replaceAll(path.sep, "/"));
const source = (file: string) => readFileSync(path.join(root, file), "utf8");

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Addresses that lead nowhere: they answer "there is no such address", to whoever asks. */
const nowhere = ["/api/[...path]"];

/** better-auth's own, each of them named in lib/access/identity/sign-in-door.ts: open to anyone, for there people sign in. */
const foreign = ["/api/auth/[...all]"];

/** `app/(board)/runs/[id]/page.tsx` is the page `/runs/[id]`. */
function addressOf(file: string): string {
  const parts = path.posix.dirname(file).split("/").slice(1);
  return `/${parts.filter((part) => !part.startsWith("(")).join("/")}`;
}

test("no address of the API exists outside the table of who may, and none in it is missing", () => {
  const routes = files("app/**/route.{ts,tsx,js}");
  const tabled = [...new Set(listDoors().map((row): string => row.path)), ...nowhere, ...foreign].sort();
  assert.deepEqual(routes.map(addressOf).sort(), tabled);
});

test("every route is made by the table: by its own row, with no handler beside it", () => {
  for (const file of files("app/**/route.ts")) {
    const address = addressOf(file);
    if ([...nowhere, ...foreign].includes(address)) continue;
    const text = source(file);
    const exported = [...text.matchAll(/^export (.*)$/gm)].map(([line]) => line);
    assert.equal(exported.length, 1, file);
    assert.match(
      exported[0] ?? "",
      /^export const \{ GET, POST, PUT, PATCH, DELETE, OPTIONS \} = (endpoints|storeless)\(/,
      file,
    );
    assert.match(text, new RegExp(`(endpoints|storeless)\\(\\s*"${literal(address)}",`), file);
  }
});

test("no page exists outside the table of who may, and none in it is missing", () => {
  const pages = files("app/**/page.{ts,tsx,js}").map(addressOf).sort();
  assert.deepEqual(pages, Object.keys(pageDoors).sort());
});

test("every page that is not open to anyone begins by asking its own row who may", () => {
  for (const file of files("app/**/page.tsx")) {
    const address = addressOf(file) as PagePath;
    if (pageDoors[address].needs === "anyone") continue;
    assert.match(source(file), new RegExp(`await guardPage\\("${literal(address)}"[,)]`), file);
  }
});

test("nothing but routes and pages answers: no middleware, no server action", () => {
  assert.deepEqual(files("{middleware,proxy}.{ts,js}"), []);
  const acting = files("{app,components,lib}/**/*.{ts,tsx}").filter((file) =>
    /^\s*["']use server["']/m.test(source(file)),
  );
  assert.deepEqual(acting, []);
});

test("every command has its row, and every row its command", () => {
  const named = files("lib/commands/*.ts")
    .filter((file) => !file.endsWith(".test.ts"))
    .flatMap((file) => [
      ...source(file).matchAll(/^export async function (\w+)\(\s*store: (?:Acting)?Store,\s*actor: Actor/gm),
    ])
    .map(([, name = ""]) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
  assert.deepEqual(named.sort(), Object.keys(commandDoors).sort());
});

test("nothing acts by GET, and what is open to anyone changes nothing", () => {
  for (const { path: at, method, door } of listDoors()) {
    if (method === "GET") assert.equal(door.body, undefined, at);
    if (method === "POST") assert.notEqual(door.needs, "anyone", at);
    if (method === "POST") assert.ok(door.body, `${at} says what its body is`);
  }
});
