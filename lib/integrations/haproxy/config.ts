import { z } from "zod";
import { hostReference, secretReference } from "#lib/integrations/fields.ts";

const processName = z
  .string()
  .min(1)
  .max(100)
  .describe("Name of this process on the board; usually the balancer's machine.");

const overSocket = z.strictObject({
  name: processName,
  socket: z
    .string()
    .regex(/^(\/.+|\[[0-9A-Fa-f:.]+\]:\d+|[^\s/:]+:\d+)$/, "expected an absolute path or host:port")
    .describe("Stats socket: its path, or `host:port` where it listens on TCP.")
    .meta({ examples: ["/run/haproxy/admin.sock"] }),
  from: hostReference
    .default("local")
    .describe("Where to open the socket: a host under `hosts`, over ssh, or `local`."),
});

const overStatsPage = z.strictObject({
  name: processName,
  stats: z
    .string()
    .refine((text) => ["http:", "https:"].includes(URL.parse(text)?.protocol ?? ""), "expected an http(s) address")
    .refine((text) => (URL.parse(text)?.username ?? "") === "", "use `user` and `password`, not the address")
    .describe(
      "Address of the stats page, without `;csv`. Less is known this way: no process start, no administrative state of a failing server.",
    )
    .meta({ examples: ["http://10.0.0.5:8404/stats"] }),
  user: z.string().min(1).optional().describe("User of the stats page."),
  password: secretReference.optional().describe("Reference to its password."),
  format: z
    .enum(["csv", "json"])
    .default("csv")
    .describe("What to ask the page for. JSON is forty times larger and says the same."),
  verifyTls: z.boolean().default(true).describe("Check the page's certificate."),
});

/** The keys that `kind: haproxy` adds to a service. */
export const haproxyConfig = z
  .strictObject({
    processes: z
      .array(z.union([overSocket, overStatsPage]))
      .min(1)
      .describe(
        "Every HAProxy process of this balancer: one, a pair, or several per machine. Each is asked; actions go to all.",
      ),
    backends: z.array(z.string().min(1)).optional().describe("Show and judge only these backends; all when absent."),
    ignore: z
      .array(z.string().min(1))
      .default([])
      .describe("Left out altogether: a proxy (`stats`), or one server (`learn/web-09`)."),
    healthPath: z
      .string()
      .startsWith("/")
      .optional()
      .describe(
        "Path that a server answers 2xx when well. Asked directly before a server is put back into rotation, because HAProxy sends traffic before its own check has passed.",
      )
      .meta({ examples: ["/health"] }),
  })
  .check(({ value, issues }) => {
    value.processes.forEach(({ name }, index) => {
      if (value.processes.findIndex((other) => other.name === name) === index) return;
      const path = ["processes", index, "name"];
      issues.push({ code: "custom", input: name, path, message: `the name ${name} is taken already` });
    });
  });

export type HaproxyConfig = z.output<typeof haproxyConfig>;
export type ProcessConfig = HaproxyConfig["processes"][number];
export type SocketProcess = z.output<typeof overSocket>;
export type StatsProcess = z.output<typeof overStatsPage>;
