import { z } from "zod";
import { hostReference, port, secretReference } from "#lib/integrations/fields.ts";

const node = z.strictObject({
  name: z.string().min(1).describe("How the board calls this node"),
  address: z.string().min(1).describe("Name or address of the server, as seen from the poller or from `via`"),
  port: port.default(5432).describe("Port the server listens on"),
  via: hostReference.optional().describe("Host whose ssh connection is forwarded to the server"),
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
  });

export type PostgresConfig = z.infer<typeof postgresConfig>;
export type PostgresNodeConfig = PostgresConfig["nodes"][number];
