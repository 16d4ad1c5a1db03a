import { z } from "zod";
import { hostReference, secretReference } from "#lib/integrations/fields.ts";

/** One object for both ways in, so that a misspelt key is told against all that may stand here. */
const processOptions = z
  .strictObject({
    name: z.string().min(1).max(100).describe("Name of this process on the board; usually the balancer's machine."),
    socket: z
      .string()
      .regex(/^(\/.+|\[[0-9A-Fa-f:.]+\]:\d+|[^\s/:]+:\d+)$/, "expected an absolute path or host:port")
      .optional()
      .describe("Stats socket: its path, or `host:port` where it listens on TCP. Either this or `stats`.")
      .meta({ examples: ["/run/haproxy/admin.sock"] }),
    from: hostReference
      .default("local")
      .describe("Where to open the socket: a host under `hosts`, over ssh, or `local`."),
    stats: z
      .string()
      .refine((text) => ["http:", "https:"].includes(URL.parse(text)?.protocol ?? ""), "expected an http(s) address")
      .refine((text) => (URL.parse(text)?.username ?? "") === "", "use `user` and `password`, not the address")
      .optional()
      .describe(
        "Address of the stats page, without `;csv`, where there is no socket. It tells less: no process start, no administrative state of a failing server.",
      )
      .meta({ examples: ["http://10.0.0.5:8404/stats"] }),
    user: z.string().min(1).optional().describe("User of the stats page."),
    password: secretReference.optional().describe("Reference to its password."),
    format: z
      .enum(["csv", "json"])
      .default("csv")
      .describe("What to ask the page for. JSON is forty times larger and says the same."),
    verifyTls: z.boolean().default(true).describe("Check the page's certificate."),
  })
  .check(({ value, issues }) => {
    const wrong = (key: keyof typeof value, message: string) =>
      issues.push({ code: "custom", input: value[key], path: [key], message });
    if (value.socket === undefined && value.stats === undefined) {
      wrong("name", "a process needs either `socket` or `stats`");
    }
    if (value.socket !== undefined && value.stats !== undefined) wrong("stats", "give either `socket` or `stats`");
    if (value.stats !== undefined && value.from !== "local") wrong("from", "the stats page is asked from here alone");
    if (value.socket !== undefined && value.user !== undefined) wrong("user", "a socket has no user");
    if (value.socket !== undefined && value.password !== undefined) wrong("password", "a socket has no password");
    if (value.password !== undefined && value.user === undefined) wrong("password", "a password needs a `user`");
  })
  .transform(({ name, socket, from, stats, user, password, format, verifyTls }): ProcessConfig => {
    if (socket !== undefined) return { name, socket, from };
    const login = { ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }) };
    return { name, stats: stats ?? "", format, verifyTls, ...login };
  });

/** A process read over its stats socket. */
export interface SocketProcess {
  readonly name: string;
  readonly socket: string;
  readonly from: string;
}

/** A process read over its stats page. */
export interface StatsProcess {
  readonly name: string;
  readonly stats: string;
  readonly user?: string;
  readonly password?: string;
  readonly format: "csv" | "json";
  readonly verifyTls: boolean;
}

export type ProcessConfig = SocketProcess | StatsProcess;

/** The keys that `kind: haproxy` adds to a service. */
export const haproxyConfig = z
  .strictObject({
    processes: z
      .array(processOptions)
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
    maintenanceMap: z
      .string()
      .regex(/^\/[\w./-]+$/, "expected an absolute path of letters, digits, . _ - and /")
      .optional()
      .describe(
        "Map file by which the configuration of HAProxy decides whether a frontend answers with its maintenance page; see below. It makes that page an action.",
      )
      .meta({ examples: ["/etc/haproxy/maintenance.map"] }),
  })
  .check(({ value, issues }) => {
    if (value.maintenanceMap !== undefined && value.processes.some((process) => "stats" in process)) {
      const message = "the maintenance page is switched over the socket: every process needs one";
      issues.push({ code: "custom", input: value.maintenanceMap, path: ["maintenanceMap"], message });
    }
    value.processes.forEach(({ name }, index) => {
      if (value.processes.findIndex((other) => other.name === name) === index) return;
      const path = ["processes", index, "name"];
      issues.push({ code: "custom", input: name, path, message: `the name ${name} is taken already` });
    });
  });

export type HaproxyConfig = z.output<typeof haproxyConfig>;

/** The processes that are reached over their sockets: what the stats page cannot do goes there alone. */
export function socketsOf(config: HaproxyConfig): SocketProcess[] {
  return config.processes.filter((process) => "socket" in process);
}
