import { spawn } from "node:child_process";
import { lockedPackages } from "#lib/cli/licences.ts";
import { root } from "#lib/cli/root.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";

const deadlineMs = 120_000;

/** `pitwall sbom`: what runs in production as CycloneDX JSON, made by npm from the lock file alone. */
export async function sbom({
  say,
  complain,
  signal,
}: Pick<Surroundings, "say" | "complain" | "signal">): Promise<number> {
  const args = ["sbom", "--sbom-format=cyclonedx", "--package-lock-only", "--sbom-type=application"];
  const asked = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  const made = await new Promise<{ readonly code: number | null; readonly out: string; readonly why: string }>(
    (resolve) => {
      const child = spawn("npm", args, { cwd: root, signal: asked, stdio: ["ignore", "pipe", "pipe"] });
      const chunks: { out: Buffer[]; why: Buffer[] } = { out: [], why: [] };
      child.stdout.on("data", (chunk: Buffer) => chunks.out.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => chunks.why.push(chunk));
      const end = (code: number | null, said = "") =>
        resolve({ code, out: Buffer.concat(chunks.out).toString(), why: said || Buffer.concat(chunks.why).toString() });
      child.once("error", (cause) => end(null, cause.message));
      child.once("close", (code) => end(code));
    },
  );
  if (made.code !== 0) {
    complain(`npm could not make the bill of materials: ${made.why.trim()}`);
    return 1;
  }
  say(JSON.stringify(withoutDev(JSON.parse(made.out) as Bill), null, 2));
  return 0;
}

interface Bill {
  readonly components: readonly { readonly "bom-ref": string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** npm's own `--omit=dev` (11.19) leaves out what production and development both need, so the lock file decides. */
function withoutDev(bill: Bill): Bill {
  const kept = new Set(lockedPackages().flatMap(({ dev, name, version }) => (dev ? [] : [`${name}@${version}`])));
  const named = (ref: string) => kept.has(ref.replace(/\|.*$/, ""));
  const components = bill.components.filter((one) => named(one["bom-ref"]));
  const refs = new Set(components.map((one) => one["bom-ref"]));
  const all = new Set(bill.components.map((one) => one["bom-ref"]));
  const dependencies = bill.dependencies
    .filter(({ ref }) => refs.has(ref) || !all.has(ref))
    .map((one) => ({ ...one, dependsOn: one.dependsOn.filter((ref) => refs.has(ref)) }));
  return { ...bill, components, dependencies };
}
