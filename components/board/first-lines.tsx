"use client";

import { CopyButton } from "#components/ui/copy-button.tsx";

const example = `services:
  - id: shop-health
    kind: http
    url: https://shop.example.com/health
    nodes: [{ name: web-01, address: "10.0.0.21:8000" }]
    balancer: { name: lb }
  - id: lb
    kind: haproxy
    dependsOn: [shop-health]
    processes: [{ name: lb-1, socket: /run/haproxy/admin.sock, from: local }]
`;

/** The board before anything is watched: how to write the first lines. */
export function FirstLines() {
  return (
    <section className="mx-auto max-w-2xl py-12">
      <h1 className="font-semibold text-xl tracking-tight">Nothing is being watched yet</h1>
      <p className="mt-2 text-dim">
        Write what Pitwall shall watch into <code className="font-mono text-text text-xs">pitwall.yaml</code>. It is
        read again whenever it changes, and this page follows by itself.
      </p>
      <div className="mt-4 overflow-hidden rounded-lg border border-line bg-surface">
        <div className="flex items-center justify-between border-line border-b px-3.5 py-2">
          <span className="font-mono text-faint text-xs">pitwall.yaml</span>
          <CopyButton text={example} />
        </div>
        <pre className="overflow-x-auto px-3.5 py-3 font-mono text-xs">{example}</pre>
      </div>
      <p className="mt-3 text-dim">
        <code className="font-mono text-text text-xs">npx pitwall check</code> tells what is wrong with the file, with
        line and reason. To see a whole stack at work first, run{" "}
        <code className="font-mono text-text text-xs">npm run demo</code>.
      </p>
    </section>
  );
}
