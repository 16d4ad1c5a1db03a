import type { ShownKinds } from "#components/board/kinds.tsx";
import { registry } from "#lib/integrations/registry.ts";

/**
 * What a page hands to the browser of each kind. It is built on the server, where a panel is only a reference to the
 * browser's module: so the registry stays the one list of kinds, and no collector comes near the browser.
 */
export async function shownKinds(): Promise<ShownKinds> {
  const kinds = Object.values(registry).map(async ({ manifest, panel }) => {
    const { default: Panel } = await panel();
    const metrics = Object.entries(manifest.metrics).map(([id, { title, unit }]) => [id, { title, unit }] as const);
    const { title, columns } = manifest;
    return [manifest.kind, { title, columns, metrics: Object.fromEntries(metrics), Panel }] as const;
  });
  return Object.fromEntries(await Promise.all(kinds));
}
