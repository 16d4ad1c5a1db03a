"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { useLacks } from "#components/board/viewer.tsx";
import { fullTime } from "#components/board/wall-time.ts";
import { Button } from "#components/ui/button.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { controlClass, TextArea, TextField } from "#components/ui/field.tsx";
import { FormDialog } from "#components/ui/form-dialog.tsx";
import { Select } from "#components/ui/select.tsx";
import { textIn } from "#components/ui/text-in.ts";
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
  const share = useMutation({
    mutationFn: (body: { title?: string; note?: string; expiresInMs: number }) =>
      orThrow(askApi("/api/v1/snapshots", snapshotCreatedDto, { method: "POST", body })),
    onSuccess: () => void client.invalidateQueries({ queryKey: snapshotsQuery.queryKey }),
  });
  const submit = (form: FormData) => {
    const [title, note] = [textIn(form, "title"), textIn(form, "note")];
    share.mutate({
      ...(title === "" ? {} : { title }),
      ...(note === "" ? {} : { note }),
      expiresInMs: Number(form.get("expiresInMs")),
    });
  };
  if (share.data !== undefined) return <Made made={share.data} onClose={onClose} />;
  return (
    <FormDialog
      width="md"
      title="Share a snapshot"
      description="Freezes the whole board as it is now. Whoever has the link sees it without signing in, and sees only that."
      submit="Freeze and make a link"
      blocked={respond}
      send={share}
      failed="The board was not frozen"
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField name="title" label="Title" maxLength={200} placeholder="The board's own sentence" />
      <TextArea name="note" label="Note" maxLength={4_000} placeholder="What the reader should know" />
      <ExpiryChoice />
    </FormDialog>
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

function Made({ made, onClose }: { readonly made: SnapshotCreated; readonly onClose: () => void }) {
  const zone = useTimeZone();
  const link = `${window.location.origin}${made.path}`;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="The board is frozen"
      description="The link is shown this once: Pitwall keeps only its fingerprint."
      footer={<Button onClick={onClose}>Done</Button>}
    >
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
    </Dialog>
  );
}
