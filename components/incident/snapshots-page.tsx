"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { z } from "zod";
import { useBoardNow } from "#components/board/live-provider.tsx";
import { PageTitle } from "#components/board/page-title.tsx";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { useLacks } from "#components/board/viewer.tsx";
import { fullTime } from "#components/board/wall-time.ts";
import { ShareDialog } from "#components/incident/share-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { formatBytes } from "#lib/core/unit.ts";
import { snapshotsQuery } from "#lib/wire/queries.ts";
import { askApi, orThrow } from "#lib/wire/request.ts";
import { type SnapshotDto, snapshotDto } from "#lib/wire/snapshot.ts";

/** All shared snapshots: which links work, for how long, and the button that takes one back. */
export function SnapshotsPage({ snapshots }: { readonly snapshots: readonly SnapshotDto[] }) {
  const now = useBoardNow();
  const { respond } = useLacks("own");
  const [sharing, setSharing] = useState(false);
  const [revoking, setRevoking] = useState<SnapshotDto | null>(null);
  const { data } = useQuery({ ...snapshotsQuery, initialData: { snapshots: [...snapshots] } });
  return (
    <>
      <PageTitle page="Snapshots" />
      <div className="flex flex-wrap items-center gap-3 pt-5 pb-4">
        <div className="min-w-0 flex-1 max-sm:basis-full">
          <h1 className="font-semibold text-xl tracking-tight">Snapshots</h1>
          <p className="text-dim">The board as it was, behind a link. Links are told once, when they are made.</p>
        </div>
        <Button variant="primary" blocked={respond} onClick={() => setSharing(true)}>
          Share snapshot …
        </Button>
      </div>
      {data.snapshots.length === 0 ? (
        <div className="rounded-lg border border-line bg-surface">
          <Empty title="No snapshot was shared yet">
            Share one while something is wrong: it keeps what everybody saw, after it is mended.
          </Empty>
        </div>
      ) : (
        <ul className="overflow-hidden rounded-lg border border-line bg-surface">
          {data.snapshots.map((snapshot) => (
            <SnapshotRow key={snapshot.id} snapshot={snapshot} now={now} onRevoke={() => setRevoking(snapshot)} />
          ))}
        </ul>
      )}
      {sharing && <ShareDialog onClose={() => setSharing(false)} />}
      {revoking !== null && <RevokeDialog snapshot={revoking} onClose={() => setRevoking(null)} />}
    </>
  );
}

function SnapshotRow({
  snapshot,
  now,
  onRevoke,
}: {
  readonly snapshot: SnapshotDto;
  readonly now: number;
  readonly onRevoke: () => void;
}) {
  const zone = useTimeZone();
  const state = linkState(snapshot, now, zone);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1.5 border-line border-t px-3.5 py-2.5 first:border-t-0">
      <div className="min-w-0 flex-[1_1_18rem]">
        <p className="font-medium [overflow-wrap:anywhere]">{snapshot.title}</p>
        {snapshot.note !== null && <p className="whitespace-pre-line text-dim">{snapshot.note}</p>}
        <p className="text-faint text-xs">
          Frozen {fullTime(snapshot.at, zone)} by {snapshot.createdBy} · {formatBytes(snapshot.bytes)} · seal{" "}
          <span className="font-mono">{snapshot.sha256.slice(0, 12)}</span>
        </p>
      </div>
      <span className={state.works ? "text-dim" : "text-faint"}>{state.words}</span>
      {state.works && (
        <Button size="sm" onClick={onRevoke}>
          Revoke …
        </Button>
      )}
    </li>
  );
}

/** Whether a snapshot's link works, in words. */
export function linkState(
  snapshot: Pick<SnapshotDto, "expiresAt" | "revokedAt">,
  now: number,
  zone: string | undefined,
): { readonly works: boolean; readonly words: string } {
  if (snapshot.revokedAt !== null) return { works: false, words: "Revoked" };
  if (snapshot.expiresAt <= now) return { works: false, words: "Expired" };
  return { works: true, words: `Link works until ${fullTime(snapshot.expiresAt, zone)}` };
}

function RevokeDialog({ snapshot, onClose }: { readonly snapshot: SnapshotDto; readonly onClose: () => void }) {
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => {
      const path = `/api/v1/snapshots/${encodeURIComponent(snapshot.id)}/revoke`;
      return orThrow(askApi(path, z.object({ id: snapshotDto.shape.id }), { method: "POST", body: {} }));
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: snapshotsQuery.queryKey });
      onClose();
    },
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      width="sm"
      title="Revoke this link"
      description={`Nobody can open “${snapshot.title}” any more, and its content is deleted. This cannot be undone.`}
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button variant="critical" pending={revoke.isPending} onClick={() => revoke.mutate()}>
            Revoke
          </Button>
        </>
      }
    >
      {revoke.error !== null && (
        <p role="alert" className="px-4 py-3 text-crit sm:px-5.5">
          {revoke.error.message}
        </p>
      )}
    </Dialog>
  );
}
