"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { useLacks } from "#components/board/viewer.tsx";
import { fullTime } from "#components/board/wall-time.ts";
import { Button } from "#components/ui/button.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { controlClass, TextArea, TextField } from "#components/ui/field.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { Select } from "#components/ui/select.tsx";
import { formatBytes } from "#lib/core/unit.ts";
import { snapshotsQuery } from "#lib/wire/queries.ts";
import { askApi, orThrow } from "#lib/wire/request.ts";
import { type SnapshotCreated, snapshotCreatedDto } from "#lib/wire/snapshot.ts";

const hourMs = 3_600_000;
const expiries = [
  { value: String(hourMs), label: "1 hour" },
  { value: String(24 * hourMs), label: "1 day" },
  { value: String(7 * 24 * hourMs), label: "7 days" },
  { value: String(30 * 24 * hourMs), label: "30 days" },
  { value: String(90 * 24 * hourMs), label: "90 days" },
];
const usualExpiry = String(7 * 24 * hourMs);

/** Freezes the board as it is and tells the link to it, once. */
export function ShareDialog({ onClose }: { readonly onClose: () => void }) {
  const client = useQueryClient();
  const { respond } = useLacks("own");
  const formId = useId();
  const share = useMutation({
    mutationFn: (body: { title?: string; note?: string; expiresInMs: number }) =>
      orThrow(askApi("/api/v1/snapshots", snapshotCreatedDto, { method: "POST", body })),
    onSuccess: () => void client.invalidateQueries({ queryKey: snapshotsQuery.queryKey }),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const title = String(form.get("title") ?? "").trim();
    const note = String(form.get("note") ?? "").trim();
    share.mutate({
      ...(title === "" ? {} : { title }),
      ...(note === "" ? {} : { note }),
      expiresInMs: Number(form.get("expiresInMs")),
    });
  };
  const made = share.data;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={made === undefined ? "Share a snapshot" : "The board is frozen"}
      description={
        made === undefined
          ? "Freezes the whole board as it is now. Whoever has the link sees it without signing in, and sees only that."
          : "The link is shown this once: Pitwall keeps only its fingerprint."
      }
      footer={
        made === undefined ? (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" form={formId} variant="primary" blocked={respond} pending={share.isPending}>
              Freeze and make a link
            </Button>
          </>
        ) : (
          <Button onClick={onClose}>Done</Button>
        )
      }
    >
      {made === undefined ? (
        <form id={formId} onSubmit={submit} className="flex flex-col gap-3.5 px-4 py-4 sm:px-5.5">
          {share.error !== null && (
            <div role="alert">
              <Notice mark="critical" title="The board was not frozen">
                {share.error.message}
              </Notice>
            </div>
          )}
          <TextField name="title" label="Title" maxLength={200} placeholder="The board's own sentence" />
          <TextArea name="note" label="Note" maxLength={4_000} placeholder="What the reader should know" />
          <ExpiryChoice />
        </form>
      ) : (
        <Made made={made} />
      )}
    </Dialog>
  );
}

function ExpiryChoice() {
  const [expiry, setExpiry] = useState(usualExpiry);
  return (
    <Select
      name="expiresInMs"
      label="The link works for"
      hint="You can take it back at any time, under Snapshots."
      options={expiries}
      value={expiry}
      onChange={(event) => setExpiry(event.target.value)}
    />
  );
}

function Made({ made }: { readonly made: SnapshotCreated }) {
  const zone = useTimeZone();
  const link = `${window.location.origin}${made.path}`;
  return (
    <div className="flex flex-col gap-3 px-4 py-4 sm:px-5.5">
      <div className="flex gap-2">
        <input
          readOnly
          aria-label="Link to the snapshot"
          value={link}
          onFocus={(event) => event.target.select()}
          className={`${controlClass} font-mono text-xs`}
        />
        <CopyButton text={link} label="Copy link" variant="primary" />
      </div>
      <p className="text-dim">
        “{made.title}”, frozen {fullTime(made.at, zone)}, {formatBytes(made.bytes)}. Works until{" "}
        {fullTime(made.expiresAt, zone)}.
      </p>
    </div>
  );
}
