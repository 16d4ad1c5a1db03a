import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import fc from "fast-check";
import { exact, type GrantedCommand, matchGrant, matching, oneOf } from "#lib/core/grant.ts";
import { installWrapper, wrapperFile } from "#lib/transports/fault-injection/wrapper.ts";
import { allowList } from "#lib/transports/wrapper/allow-list.ts";
import { wrapRequest } from "#lib/transports/wrapper/request.ts";

const shells = [["dash"], ["bash", "--posix"], ["busybox", "sh"]] as const;

const commands: readonly GrantedCommand[] = [
  {
    id: "say",
    about: "Says.",
    access: "look",
    words: [exact("printf"), exact("<%s>"), matching("[ -~]*", { min: 0 })],
    limitSeconds: 20,
  },
  {
    id: "pick",
    about: "Picks.",
    access: "act",
    words: [exact("printf"), exact("<%s>"), oneOf(["a.b", "c"]), exact("two words"), matching("[0-9]+", { max: 3 })],
    limitSeconds: 20,
  },
  {
    id: "lines",
    about: "Has a word of\nseveral lines.",
    access: "look",
    words: [
      exact("sh"),
      exact("-c"),
      exact("printf '%s' \"$1\"\nprintf '\\\\n%s' $TOKEN\n"),
      exact("sh"),
      matching("x+"),
    ],
    secrets: ["TOKEN", "MORE"],
    limitSeconds: 20,
  },
  { id: "read", about: "Reads.", access: "look", words: [exact("cat")], limitSeconds: 20 },
];

const it = installWrapper(commands);
after(() => it.remove());

function ask(shell: readonly string[], asked: string, input: string, access = "act") {
  const [program = "", ...more] = shell;
  const done = spawnSync(program, [...more, it.program, access, it.list], {
    input: Buffer.from(input),
    encoding: "latin1",
    env: { PATH: process.env.PATH, HOME: "/", SSH_ORIGINAL_COMMAND: asked } as never,
    cwd: "/",
  });
  return { code: done.status, stdout: done.stdout, stderr: done.stderr };
}

const run = "0123456789abcdef01234567";
const send = (shell: readonly string[], body: string, access?: string, more = "") =>
  ask(shell, `pitwall-1 run ${run} ${Buffer.byteLength(body)}`, body + more, access);

test("the wrapper is plain POSIX shell, as shellcheck sees it, and evaluates nothing", () => {
  const checked = spawnSync(
    "shellcheck",
    ["-s", "sh", "-o", "all", "-e", "SC2250,SC2312,SC2310,SC2248,SC2292,SC2249", wrapperFile],
    { encoding: "utf8" },
  );
  assert.equal(checked.stdout, "");
  assert.equal(checked.status, 0);
  const text = readFileSync(wrapperFile, "utf8");
  assert.doesNotMatch(text.replaceAll(/^\s*#.*$/gm, ""), /\beval\b|`|\bsh -c\b|\$\(\$/);
});

for (const shell of shells) {
  describe(`the wrapper under ${shell.join(" ")}`, () => {
    test("runs a command of its list with words that match, and leaves stdin to it", () => {
      const picked = send(shell, '{"command":"pick","args":["a.b","17"],"secrets":[]}');
      assert.deepEqual([picked.code, picked.stdout], [0, "<a.b><two words><17>"]);
      assert.match(picked.stderr, new RegExp(`^pitwall-${run} [0-9]+\n$`));
      assert.equal(
        send(shell, '{"command":"read","args":[],"secrets":[]}', "look", "the rest\n of it").stdout,
        "the rest\n of it",
      );
      assert.equal(
        send(shell, '{"command":"lines","args":["xx"],"secrets":["s3\\"cr\\\\et","m"]}').stdout,
        'xx\\ns3"cr\\et',
      );
    });

    test("refuses whatever is not on its list, or comes by the wrong key, with the reason and code 126", () => {
      const cases: [string, RegExp][] = [
        ['{"command":"pick","args":["aXb","1"],"secrets":[]}', /does not match a\\\.b\|c/],
        ['{"command":"pick","args":["c","1234"],"secrets":[]}', /not 1 to 3 characters/],
        ['{"command":"pick","args":["c","-1"],"secrets":[]}', /must not begin with a dash/],
        ['{"command":"pick","args":["c"],"secrets":[]}', /takes more arguments/],
        ['{"command":"pick","args":["c","1","2"],"secrets":[]}', /takes fewer arguments/],
        ['{"command":"pick","args":["c","1"],"secrets":["x"]}', /takes fewer secrets/],
        ['{"command":"nothing","args":[],"secrets":[]}', /not on the allow-list/],
        ['{"command":"../pick","args":[],"secrets":[]}', /no such name/],
        ['{"command":"","args":[],"secrets":[]}', /no such name/],
        ['{"args":[],"command":"read","secrets":[]}', /no JSON of the form/],
        ['{"command":"read","args":[],"secrets":[]} ', /something follows/],
        ['{"command":"say","args":["a\\nb"],"secrets":[]}', /no JSON of the form/],
        ['{"command":"say","args":["a\\u0041"],"secrets":[]}', /no JSON of the form/],
        ['{"command":"say","args":["a\tb"],"secrets":[]}', /printable ASCII/],
        ['{"command":"say","args":["a\nb"],"secrets":[]}', /printable ASCII/],
        ['{"command":"say","args":["ä"],"secrets":[]}', /printable ASCII/],
        ['{"command":"say","args":["a],"secrets":[]}', /no JSON|fewer arguments/],
      ];
      for (const [body, why] of cases) {
        const answer = send(shell, body);
        assert.equal(answer.code, 126, body);
        assert.match(answer.stderr, why, body);
        assert.equal(answer.stdout, "", body);
      }
      assert.match(send(shell, '{"command":"pick","args":["c","1"],"secrets":[]}', "look").stderr, /may only look/);
    });

    test("takes no other request than its own three", () => {
      for (const asked of [
        "",
        "sh",
        "id; id",
        "pitwall-1",
        "pitwall-1 run",
        `pitwall-1 run ${run}`,
        "pitwall-1 run ../x 10",
        `pitwall-1 run ${run} 1e3`,
        `pitwall-1 run ${run} 99999`,
        `pitwall-1 run ${run} 10 x`,
        "pitwall-1 end *",
        "pitwall-2 hello",
        "$(id)",
        "pitwall-1\nhello",
      ]) {
        assert.equal(ask(shell, asked, '{"command":"read"}').code, 126, asked);
      }
      assert.match(ask(shell, "pitwall-1 hello", "").stdout, /^pitwall-run 1 act pitwall-allowed 1 [0-9a-f]{16}\n$/);
      assert.equal(ask(shell, `pitwall-1 run ${run} 100`, '{"command":"read","args":[],"secrets":[]}').code, 126);
    });
  });
}

test("whatever text is asked for, it arrives as it was or is refused, under every shell alike", () => {
  const text = fc.string({
    unit: fc.constantFrom(..." abc\"\\'`$(){}[]|;&<>*?~#!%^-=,:\t\n\r\0é".split("")),
    maxLength: 24,
  });
  let turn = 0;
  fc.assert(
    fc.property(text, (word) => {
      turn += 1;
      const shell = shells[turn % shells.length] ?? shells[0];
      const request = wrapRequest("say", [word], []);
      const plain = /^[ -~]*$/.test(word);
      // JSON writes control characters as escapes, so they get as far as the wrapper, which refuses them.
      if (request === null) return assert.equal(plain, false);
      const answer = ask(shell, request.text, request.stdin);
      if (plain && !word.startsWith("-")) assert.deepEqual([answer.code, answer.stdout], [0, `<${word}>`]);
      else assert.deepEqual([answer.code, answer.stdout], [126, ""]);
    }),
    { numRuns: 150 },
  );
});

test("no bytes that are no request of ours make it run anything", () => {
  const good = '{"command":"say","args":["word"],"secrets":[]}';
  const bent = fc
    .tuple(
      fc.nat(good.length),
      fc.nat(6),
      fc.string({ unit: fc.constantFrom(...'"\\,[]{}:\n\0 x'.split("")), maxLength: 4 }),
    )
    .map(([at, cut, put]) => good.slice(0, at) + put + good.slice(at + cut));
  let turn = 0;
  fc.assert(
    fc.property(bent, (body) => {
      turn += 1;
      const shell = shells[turn % shells.length] ?? shells[0];
      const answer = send(shell, body);
      if (answer.code === 126) return assert.equal(answer.stdout, "");
      // It ran: then it was a request, and the program got what stood in it.
      const parsed = JSON.parse(body);
      assert.deepEqual([parsed.command, parsed.args.length, parsed.secrets], ["say", 1, []]);
      assert.equal(answer.stdout, `<${parsed.args[0]}>`);
    }),
    { numRuns: 150 },
  );
});

test("a command is found by its words, and by nothing near them", () => {
  const find = (words: string[], secrets: string[] = []) => matchGrant(commands, words, secrets);
  assert.deepEqual(find(["printf", "<%s>", "c", "two words", "7"])?.args, ["c", "7"]);
  for (const words of [
    ["printf", "<%s>", "aXb", "two words", "7"],
    ["printf", "<%s>", "c", "two", "words", "7"],
    ["cat", "x"],
    [],
    ["cat "],
  ]) {
    assert.equal(find(words), null);
  }
  assert.equal(find(["cat"], ["TOKEN"]), null);
  assert.match(allowList(commands), /^pitwall-allowed 1 [0-9a-f]{16}\n# Says\.\ncommand say look 20\nword printf\n/);
});
