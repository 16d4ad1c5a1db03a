import { assertHarmless } from "#e2e/fuzz/harmless.ts";
import type { FuzzTarget } from "#e2e/fuzz/target.ts";
import { foreignLine, foreignText } from "#lib/core/foreign-text.ts";
import { printableLines } from "#lib/remediation/output-bound.ts";
import { collectOutput } from "#lib/transports/command-output.ts";
import { createHostKeyCheck } from "#lib/transports/host-key.ts";
import { findMark } from "#lib/transports/remote-script.ts";
import { said } from "#lib/transports/said.ts";

const esc = String.fromCharCode(0x1b);
const mark = "pitwall-1f2e3d";

const outputTarget: FuzzTarget = {
  name: "command-output",
  drives: "what commands and login shells print: banner, mark, lines, journal",
  seeds: [
    Buffer.from(`Welcome to web-01\n${mark} 4711\nhttpd (pid 12) already running\n`),
    Buffer.from(`${esc}[31mred${esc}[0m\r\n${esc}]0;title${String.fromCharCode(7)}plain\nhalf`),
    Buffer.from("  PID COMMAND\n 4711 /usr/sbin/apache2 -k start\n"),
  ],
  words: [`${mark} `, `${mark} 1\n`, "\n", "\r", `${esc}[`, `${esc}]8;;http://x${esc}\\`],
  run: (input) => {
    const lines: string[] = [];
    const output = collectOutput(65_536, (line) => void lines.push(line));
    let group = 0;
    const marks = findMark(
      mark,
      (found) => {
        group = found;
      },
      (chunk) => output.write("stderr", chunk),
    );
    const third = Math.ceil(input.length / 3);
    for (let at = 0; at < input.length; at += Math.max(1, third)) marks.write(input.subarray(at, at + third));
    marks.end();
    output.write("stdout", input);
    output.end();
    const kept = output.kept();
    assertHarmless([lines.slice(0, 500), printableLines(kept.stdout).slice(0, 500), said(kept.stderr), group]);
  },
};

const hostKeyTarget: FuzzTarget = {
  name: "ssh-host-key",
  drives: "the host key a server shows, against the pinned ones",
  seeds: [Buffer.from("AAAAC3NzaC1lZDI1NTE5AAAAIJ", "base64")],
  run: (input) => {
    const check = createHostKeyCheck(["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ"], "10.0.0.5:22");
    if (check.verify(input) && !input.equals(Buffer.from("AAAAC3NzaC1lZDI1NTE5AAAAIJ", "base64")))
      throw new Error("another key was taken for the pinned one");
    assertHarmless([check.refusal(), check.noneOfPinnedTypes()]);
  },
};

const textTarget: FuzzTarget = {
  name: "foreign-text",
  drives: "the one function that makes foreign text harmless",
  seeds: ["plain", `${esc}[1;31mred${esc}[0m \u202e\u200b`, "👨\u200d👩\u200d👧 a\u0301\u0301"].map((text) =>
    Buffer.from(text),
  ),
  words: ["\u0301", "\u200d", "\u200c", "\ufe0f", "👩", "م", esc, `${esc}[`, "m", "\ud800", "\u{e0001}"],
  run: (input) => {
    for (const raw of [input.toString("utf8"), input.toString("utf16le")]) {
      for (const most of [7, 80, 2_000]) {
        const [text, line] = [foreignText(raw, most), foreignLine(raw, most)];
        if (text.length > most || line.length > most) throw new Error("longer than its bound");
        if (foreignText(text, most) !== text || foreignLine(line, most) !== line) throw new Error("not the same twice");
        assertHarmless([text, line]);
      }
    }
  },
};

export const commandTargets: readonly FuzzTarget[] = [outputTarget, hostKeyTarget, textTarget];
