"use client";

import Link from "next/link";
import type { Asked } from "#components/audit/asked.ts";
import { AuditExport } from "#components/audit/audit-export.tsx";
import { AuditRow } from "#components/audit/audit-row.tsx";
import { SettingsHead } from "#components/settings/settings-head.tsx";
import { Button, buttonClass } from "#components/ui/button.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { TextField } from "#components/ui/field.tsx";
import { Select } from "#components/ui/select.tsx";
import type { AuditHeadDto, AuditPageDto } from "#lib/wire/audit.ts";

/** Who did what to what, newest first; filters, what each changed, and whether the log still fits. */
export function AuditPage({
  page,
  asked,
  wrong,
  commands,
}: {
  readonly page: AuditPageDto;
  /** What stands behind the question mark. */
  readonly asked: Asked;
  /** What of that was not understood; then nothing of it counts. */
  readonly wrong: string | null;
  readonly commands: readonly string[];
}) {
  const { before: _before, ...filter } = asked;
  const filtered = Object.values(filter).some((value) => value !== "");
  return (
    <>
      <SettingsHead title="Audit log" about="Who did what, why and from where; and what was refused." administers>
        <AuditExport filter={filter} />
      </SettingsHead>
      <Filter asked={filter} commands={commands} />
      {wrong !== null && (
        <p role="alert" className="pb-3 text-crit">
          The filter is not understood, so everything is shown: {wrong}
        </p>
      )}
      <Head head={page.head} />
      <div className="overflow-hidden rounded-lg border border-line bg-surface">
        {page.rows.length === 0 ? (
          <Empty title={filtered ? "Nothing fits this filter" : "Nothing was done yet"}>
            {filtered
              ? "Take a part of it away, or look over a longer time."
              : "Each command and each refusal stands here."}
          </Empty>
        ) : (
          <ol>
            {page.rows.map((row) => (
              <AuditRow key={row.id} row={row} />
            ))}
          </ol>
        )}
      </div>
      <nav aria-label="Pages" className="flex gap-2 py-3">
        {asked.before !== undefined && (
          <Link href={`?${new URLSearchParams(filter as Record<string, string>)}`} className={buttonClass()}>
            Newest
          </Link>
        )}
        {page.next !== null && (
          <Link
            href={`?${new URLSearchParams({ ...(filter as Record<string, string>), before: String(page.next) })}`}
            className={buttonClass()}
          >
            Older
          </Link>
        )}
      </nav>
    </>
  );
}

/** A form of the browser's own: it works before any script does, and Enter sends it. */
function Filter({ asked, commands }: { readonly asked: Asked; readonly commands: readonly string[] }) {
  const all = { value: "", label: "All" };
  return (
    <form
      key={JSON.stringify(asked)}
      method="get"
      aria-label="Filter"
      className="grid grid-cols-[repeat(auto-fill,minmax(10rem,1fr))] items-end gap-3 pb-4"
    >
      <TextField label="Who" name="actor" defaultValue={asked.actor ?? ""} />
      <Select
        label="Command"
        name="command"
        defaultValue={asked.command ?? ""}
        options={[all, ...commands.map((name) => ({ value: name, label: name }))]}
      />
      <TextField label="Target or service" name="target" defaultValue={asked.target ?? ""} />
      <Select
        label="Outcome"
        name="outcome"
        defaultValue={asked.outcome ?? ""}
        options={[all, { value: "done", label: "Done" }, { value: "refused", label: "Refused" }]}
      />
      <TextField label="Run" name="runId" defaultValue={asked.runId ?? ""} />
      <TextField label="From (UTC)" name="from" placeholder="2026-11-20T00:00Z" defaultValue={asked.from ?? ""} />
      <TextField label="Until (UTC)" name="to" placeholder="2026-11-21T00:00Z" defaultValue={asked.to ?? ""} />
      <div className="flex gap-2">
        <Button type="submit" variant="primary">
          Filter
        </Button>
        <Link href="?" className={buttonClass()}>
          Clear
        </Link>
      </div>
    </form>
  );
}

function Head({ head }: { readonly head: AuditHeadDto }) {
  if (head.seq === 0) return null;
  if (head.fitsFrom === null) {
    return (
      <p role="alert" className="mb-3 rounded-lg border border-crit px-3.5 py-2.5 text-crit">
        The newest rows do not fit each other: the log was changed by other hands. Run{" "}
        <code>npx pitwall audit verify</code>.
      </p>
    );
  }
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 pb-3 text-dim">
      <span>
        Rows {head.fitsFrom} to {head.seq} verified
        {head.fitsFrom > head.cutUpTo + 1 && (
          <>
            ; all of them by <code>npx pitwall audit verify</code>
          </>
        )}
        {head.cutUpTo > 0 && `; those up to ${head.cutUpTo} were cut off when their time was over`}
      </span>
      <code className="min-w-0 truncate text-faint">{head.hash}</code>
      <CopyButton text={head.hash} label="Copy the head" />
    </div>
  );
}
