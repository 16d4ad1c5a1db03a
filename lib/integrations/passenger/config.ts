import { z } from "zod";
import { duration, hostReference } from "#lib/integrations/fields.ts";

const node = z.strictObject({
  name: z.string().min(1).describe("How the board calls this node"),
  host: hostReference.describe("Host to run passenger-status on, one of `hosts` or `local`"),
  registryDir: z
    .string()
    .startsWith("/", "expected an absolute path")
    .optional()
    .describe("Passenger's instance registry directory, where it is not the usual one"),
  instance: z
    .string()
    .regex(/^[A-Za-z0-9]+$/, "expected an instance name as `passenger-config list-instances` tells it")
    .optional()
    .describe("Instance to ask where several run under one registry directory; its name changes at each start"),
  sudo: z.boolean().default(false).describe("Run the Passenger tools through `sudo -n`"),
  restart: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      "Program and arguments that start or restart this node's web server, e.g. [sudo, -n, systemctl, restart, apache2]",
    ),
});

/** What a service of kind `passenger` may say beyond the keys all services have. */
export const passengerConfig = z
  .strictObject({
    nodes: z.array(node).min(1).describe("Every host that serves this app"),
    app: z
      .string()
      .min(1)
      .optional()
      .describe("Only this app: its group name, or the path of its folder. Without it, all apps of the hosts"),
    queueLimit: z
      .number()
      .int()
      .min(1)
      .default(100)
      .describe("PassengerMaxRequestQueueSize of the app: at this length Passenger answers 503"),
    stuckAfter: duration
      .prefault("1min")
      .describe(
        "A process that holds a request or was told to go counts as stuck when it started nothing new for this long",
      ),
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

export type PassengerConfig = z.infer<typeof passengerConfig>;
export type PassengerNodeConfig = PassengerConfig["nodes"][number];
