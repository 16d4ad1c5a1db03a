"use client";

import { useEffect, useState } from "react";
import { ApiDoor } from "#components/settings/api-door.tsx";
import { ApiFields } from "#components/settings/api-fields.tsx";
import { matches } from "#components/settings/api-search.ts";
import { CommandBlock } from "#components/settings/command-block.tsx";
import { SettingsHead } from "#components/settings/settings-head.tsx";
import { Button, buttonClass } from "#components/ui/button.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { TextField } from "#components/ui/field.tsx";
import type { ApiReference } from "#lib/wire/api-reference.ts";

/** Every door of the API: what it needs, takes and answers, with a command to copy. What an address names after `#` is open. */
export function ApiPage({
  reference,
  origin,
  administers,
}: {
  readonly reference: ApiReference;
  /** As this browser knows Pitwall. */
  readonly origin: string;
  readonly administers: boolean;
}) {
  const [words, setWords] = useState("");
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  // The outside system is the address bar.
  useEffect(() => {
    const follow = () => {
      const named = decodeURIComponent(window.location.hash.slice(1));
      if (named === "") return;
      setOpened((before) => new Set([...before, named]));
      requestAnimationFrame(() => document.getElementById(named)?.scrollIntoView());
    };
    follow();
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);
  const toggle = (id: string, open: boolean) =>
    setOpened((before) => (before.has(id) === open ? before : toggled(before, id, open)));
  const groups = reference.groups
    .map(({ title, doors }) => ({ title, doors: doors.filter((door) => matches(door, words)) }))
    .filter(({ doors }) => doors.length > 0);
  const shown = groups.flatMap(({ doors }) => doors.map(({ id }) => id));
  const allOpen = shown.length > 0 && shown.every((id) => opened.has(id));
  const setUp = `export PITWALL_URL=${origin}\nexport PITWALL_TOKEN=pw_…`;
  return (
    <>
      <SettingsHead
        title="API"
        about="What the pages do, scripts can do: the same doors, the same roles, the same audit log. Times are epoch milliseconds; every refusal is a problem (RFC 9457) with a code that stays."
        administers={administers}
      >
        <a className={buttonClass()} href="/api/v1/openapi.json" download="pitwall-openapi.json">
          OpenAPI 3.1
        </a>
      </SettingsHead>
      <section aria-label="How to begin" className="mb-4 rounded-lg border border-line bg-surface px-3.5 py-3">
        <p className="max-w-[80ch] text-pretty text-dim">
          Make a token under Settings, Tokens, or by <code>npx pitwall token add NAME --role viewer</code>. It may what
          its role may, administers nothing, and can be taken back at once.
        </p>
        <div className="mt-2">
          <CommandBlock text={setUp} />
        </div>
      </section>
      <div className="flex flex-wrap items-end gap-3 pb-4">
        <TextField
          label="Find"
          type="search"
          placeholder="run, POST, viewer, planHash"
          value={words}
          onChange={(event) => setWords(event.target.value)}
          className="w-72 max-w-full"
        />
        <Button onClick={() => setOpened(new Set(allOpen ? [] : shown))}>{allOpen ? "Close all" : "Open all"}</Button>
        <p role="status" className="pb-1.5 text-faint text-xs">
          {words === "" ? `${shown.length} doors` : `${shown.length} found`}
        </p>
      </div>
      {groups.length === 0 && (
        <div className="rounded-lg border border-line bg-surface">
          <Empty title="No door has these words">Try a part of an address, a field, a code or a role.</Empty>
        </div>
      )}
      {groups.map(({ title, doors }) => (
        <section key={title} aria-labelledby={idOf(title)} className="mb-5">
          <h2 id={idOf(title)} className="pb-2 font-semibold">
            {title}
          </h2>
          <div className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
            {doors.map((door) => (
              <ApiDoor
                key={door.id}
                door={door}
                open={opened.has(door.id)}
                onToggle={(open) => toggle(door.id, open)}
              />
            ))}
          </div>
        </section>
      ))}
      <section aria-labelledby="shapes" className="mb-5">
        <h2 id="shapes" className="pb-2 font-semibold">
          Shapes
        </h2>
        <div className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
          {reference.shapes.map(({ name, fields }) => (
            <details key={name} id={`shape-${name}`} className="group">
              <summary className="flex cursor-pointer items-baseline gap-3 px-3.5 py-2 hover:bg-hover">
                <span aria-hidden="true" className="w-2 flex-none text-faint text-xs group-open:rotate-90">
                  ▸
                </span>
                <span className="font-mono">{name}</span>
              </summary>
              <div className="px-3.5 pb-3">
                <ApiFields caption={`Fields of ${name}`} fields={fields} />
              </div>
            </details>
          ))}
        </div>
      </section>
    </>
  );
}

function idOf(title: string): string {
  return `part-${title.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`;
}

function toggled(before: ReadonlySet<string>, id: string, open: boolean): ReadonlySet<string> {
  const next = new Set(before);
  if (open) next.add(id);
  else next.delete(id);
  return next;
}
