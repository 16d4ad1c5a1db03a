import assert from "node:assert/strict";
import { test } from "node:test";
import { readEnv } from "#lib/config/env.ts";

test("without any variable everything has its default", () => {
  assert.deepEqual(readEnv({}, "/srv/team"), {
    ok: true,
    value: {
      port: 3000,
      portGiven: false,
      host: "127.0.0.1",
      dataFolder: "/srv/team/.pitwall",
      storeFile: "/srv/team/.pitwall/pitwall.db",
      configFile: "/srv/team/pitwall.yaml",
      keysFile: "/srv/team/.pitwall/keys",
    },
  });
});

test("what is given counts, and an empty variable counts as not given", () => {
  const read = readEnv(
    { PORT: "8080", HOST: "", PITWALL_DATA: "/var/lib/pitwall", PITWALL_CONFIG: "conf/p.yaml" },
    "/srv",
  );
  assert.ok(read.ok);
  assert.equal(read.value.port, 8080);
  assert.equal(read.value.portGiven, true);
  assert.equal(read.value.host, "127.0.0.1");
  assert.equal(read.value.storeFile, "/var/lib/pitwall/pitwall.db");
  assert.equal(read.value.configFile, "/srv/conf/p.yaml");
});

test("a port that is none is refused with what was found", () => {
  for (const port of ["0", "65536", "80a", "-1", "1e3", "99999999"]) {
    assert.deepEqual(readEnv({ PORT: port }, "/"), {
      ok: false,
      error: [`PORT must be a port from 1 to 65535, found "${port}"`],
    });
  }
});
