"use client";

import { useSyncExternalStore } from "react";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import type { BoardService } from "#lib/wire/board.ts";

/** How a service is watched, as the poller applied it, and how a script asks for the same. */
export function ServiceReference({ service, config }: { readonly service: BoardService; readonly config: unknown }) {
  const origin = useOrigin();
  const id = encodeURIComponent(service.id);
  const curl = `curl -s -H "authorization: Bearer $PITWALL_TOKEN"`;
  const commands = [
    `${curl} ${origin}/api/v1/services/${id}`,
    `${curl} -X POST ${origin}/api/v1/services/${id}/poll`,
    `${curl} ${origin}/api/v1/services/${id}/actions`,
    `${curl} ${origin}/api/v1/services/${id}/availability`,
  ];
  return (
    <>
      <Panel id="configuration" title="Configuration" subtitle="as applied; secrets are references">
        <PanelBody>
          <pre className="max-h-80 overflow-auto rounded-md bg-bg px-3 py-2 font-mono text-xs">
            {JSON.stringify(
              { id: service.id, kind: service.kind, intervalMs: service.intervalMs, ...asObject(config) },
              null,
              2,
            )}
          </pre>
        </PanelBody>
      </Panel>
      <Panel id="api" title="From a script" subtitle="with a token of Settings, Tokens">
        <PanelBody className="flex flex-col gap-1.5">
          {commands.map((command) => (
            <div key={command} className="flex items-center gap-2">
              <code className="min-w-0 flex-1 overflow-x-auto whitespace-nowrap rounded-md bg-bg px-3 py-1.5 font-mono text-xs">
                {command}
              </code>
              <CopyButton text={command} variant="quiet" />
            </div>
          ))}
        </PanelBody>
      </Panel>
    </>
  );
}

function asObject(config: unknown): object {
  return typeof config === "object" && config !== null ? config : { config };
}

const never = () => () => {};

function useOrigin(): string {
  return useSyncExternalStore(
    never,
    () => window.location.origin,
    () => "",
  );
}
