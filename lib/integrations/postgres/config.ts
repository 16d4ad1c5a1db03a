import { z } from "zod";
import { duration, hostReference, port, secretReference } from "#lib/integrations/fields.ts";

/** Within these a path or a name needs no quotes in a connection string, in PostgreSQL's settings or in a shell. */
const plain = /^[\w.:@/+-]+$/;
const folder = z.string().regex(/^\/[\w.@/+-]+$/, "expected an absolute path of letters, digits and . _ @ + -");
const argv = z.array(z.string().min(1).max(500)).min(1).max(30);

const machine = z.strictObject({
  host: hostReference.describe("Host it runs on, logged in to as the owner of its files"),
  data: folder.describe("Its data folder on that host"),
  bin: folder.default("/usr/lib/postgresql/15/bin").describe("Folder of PostgreSQL's own programs on that host"),
  start: argv.optional().describe("Starts it, program and arguments; `pg_ctl start` without it"),
  promoteFile: folder
    .optional()
    .describe(
      "Its promote_trigger_file (12 to 15) or trigger_file (before), used where pg_promote() may not be called",
    ),
});

const node = z.strictObject({
  name: z.string().min(1).describe("How the board calls this node"),
  address: z.string().min(1).describe("Name or address of the server, as seen from the poller or from `via`"),
  port: port.default(5432).describe("Port the server listens on"),
  via: hostReference.optional().describe("Host whose ssh connection is forwarded to the server"),
  machine: machine.optional().describe("Where it runs: needed to stop, start, fence and rejoin it"),
});

const standby = z.strictObject({
  user: z.string().regex(plain).describe("Role that a standby replicates as, and that pg_rewind reads as"),
  passfile: folder.optional().describe("Password file (pgpass) of that role, at the same place on each node's host"),
});

const road = z.strictObject({
  name: z.string().min(1).describe("How the board calls this way, such as the name of the HAProxy"),
  socket: z
    .string()
    .min(1)
    .describe("HAProxy's stats socket of level admin, as path or `host:port`, whose servers are called like the nodes"),
  from: hostReference.default("local").describe("Where that socket is: the poller's machine, or an ssh host"),
  backend: z
    .string()
    .regex(/^[\w.:-]+$/)
    .describe("Backend that leads to the node which takes writes"),
  address: z.string().min(1).describe("Name or address that clients connect to, for proving a write"),
  port: port.default(5432).describe("Port that clients connect to"),
});

const pooler = z.strictObject({
  name: z.string().min(1).describe("How the board calls this way, such as the name of the PgBouncer's host"),
  address: z.string().min(1).describe("Name or address that clients connect to; its console is there, too"),
  port: port.default(6432).describe("Port that clients connect to"),
  via: hostReference.optional().describe("Host whose ssh connection is forwarded to the console"),
  admin: z
    .strictObject({
      user: z.string().min(1).describe("One of its `admin_users`"),
      password: secretReference.optional().describe("Reference to its password; leave out for trust or any"),
    })
    .describe("Who commands its console"),
  databases: z
    .array(z.string().regex(/^[A-Za-z_][\w-]{0,62}$/, "expected a name of letters, digits, _ and -"))
    .min(1)
    .describe("Its databases that lead to the node which takes writes, by their names in PgBouncer"),
  machine: z
    .strictObject({
      host: hostReference.describe("Host it runs on, logged in to as the owner of that file and its folder"),
      file: folder.describe(
        "File with these databases, that its pgbouncer.ini takes in by `%include`: in it `host` and `port` of them are changed",
      ),
    })
    .optional()
    .describe(
      "Where its databases are listed; leave out when they lead to something that is moved itself, as a balancer",
    ),
  patience: duration
    .prefault("10s")
    .describe(
      "How long its clients may take to give the server back: a transaction's end, or a session's in session pooling",
    ),
  stuck: z
    .enum(["undo", "cut"])
    .default("undo")
    .describe("When they do not in time: `undo` lets them go on and ends the switchover, `cut` ends their connections"),
});

/** What a service of kind `postgres` may say beyond the keys all services have. */
export const postgresConfig = z
  .strictObject({
    nodes: z
      .array(node)
      .min(1)
      .describe("Every instance of the cluster, whatever its role: roles are asked for, not configured"),
    user: z.string().min(1).describe("Role to log in as; a member of pg_monitor, nothing more"),
    password: secretReference
      .optional()
      .describe("Reference to its password; leave out for trust, peer or certificate"),
    act: z
      .strictObject({
        user: z.string().min(1).describe("Role that acts; without it the role above does, as far as its rights go"),
        password: secretReference.optional().describe("Reference to its password"),
        superuserSessions: z
          .boolean()
          .default(false)
          .describe("Sessions of superusers may be ended too; the role must be one itself"),
      })
      .optional()
      .describe("Who carries out remedies, so that the role that looks needs no rights"),
    standby: standby
      .optional()
      .describe("How a standby logs in to its primary; needed for switchover, failover and rejoin"),
    roads: z
      .array(road)
      .default([])
      .describe("Every balancer that leads clients to the node which takes writes; a switchover moves all of them"),
    poolers: z
      .array(pooler)
      .default([])
      .describe("Every PgBouncer that leads clients to the node which takes writes; a switchover moves all of them"),
    patroni: z
      .strictObject({
        port: port.default(8008).describe("Port of Patroni's REST API on every node's address"),
        tls: z.boolean().default(false).describe("Whether it speaks HTTPS"),
        user: z.string().min(1).optional().describe("Who may give it orders, where it asks"),
        password: secretReference.optional().describe("Reference to that password"),
      })
      .optional()
      .describe("Where Patroni keeps this cluster: switchover and failover then go by its own REST API"),
    database: z.string().min(1).default("postgres").describe("Database to connect to"),
    tls: z
      .enum(["off", "prefer", "require", "verify"])
      .default("prefer")
      .describe("`verify` also checks the certificate and the name; `prefer` takes TLS where the server offers it"),
  })
  .superRefine((config, context) => {
    config.nodes.forEach((each, index) => {
      if (config.nodes.findIndex((other) => other.name === each.name) !== index) {
        context.addIssue({
          code: "custom",
          path: ["nodes", index, "name"],
          message: `two nodes are called ${each.name}`,
        });
      }
    });
    const ways = [...config.roads.map(({ name }) => name), ...config.poolers.map(({ name }) => name)];
    for (const [index, name] of ways.entries()) {
      if (ways.indexOf(name) === index) continue;
      const [key, at] = index < config.roads.length ? ["roads", index] : ["poolers", index - config.roads.length];
      context.addIssue({ code: "custom", path: [key, at, "name"], message: `two ways are called ${name}` });
    }
  });

export type PostgresConfig = z.infer<typeof postgresConfig>;
export type PostgresNodeConfig = PostgresConfig["nodes"][number];
export type RoadConfig = PostgresConfig["roads"][number];
export type PoolerConfig = PostgresConfig["poolers"][number];
