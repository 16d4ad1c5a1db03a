"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { GroupField, type Role, RoleFields } from "#components/settings/role-fields.tsx";
import { ToldOnce } from "#components/settings/told-once.tsx";
import { TextField } from "#components/ui/field.tsx";
import { FormDialog } from "#components/ui/form-dialog.tsx";
import { Select } from "#components/ui/select.tsx";
import { tokensQuery } from "#lib/wire/queries.ts";
import { askApi, orThrow } from "#lib/wire/request.ts";
import { machineDoors, type TokenScope, tokenCreatedDto, wallPath } from "#lib/wire/token.ts";

const dayMs = 86_400_000;
const lives = [7, 30, 90, 365].map((days) => ({ value: String(days * dayMs), label: `${days} days` }));
const doorWords = {
  events: "sends markers: deploys, changes, notes",
  heartbeat: "reports the runs of one job",
  poll: "asks for polls",
} as const;

/** Makes a token and shows it once. */
export function AddToken({
  groups,
  reporters,
  onClose,
}: {
  readonly groups: readonly string[];
  /** Services that report themselves. */
  readonly reporters: readonly { readonly id: string; readonly name: string }[];
  readonly onClose: () => void;
}) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [opens, setOpens] = useState<"role" | "wall" | (typeof machineDoors)[number]>("role");
  const [grant, setGrant] = useState<{ readonly role: Role; readonly group: string | null }>({
    role: "viewer",
    group: null,
  });
  const [reporter, setReporter] = useState(reporters[0]?.id ?? null);
  const [lifeMs, setLifeMs] = useState(90 * dayMs);
  const scope = scopeOf(opens, grant, reporter);
  const add = useMutation({
    mutationFn: () =>
      orThrow(
        askApi("/api/v1/tokens", tokenCreatedDto, { method: "POST", body: { name, scope, expiresInMs: lifeMs } }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });
  if (add.data !== undefined) {
    if (add.data.scope.kind === "wall") {
      const link = `${window.location.origin}${wallPath(add.data.token)}`;
      const about = "Open it on the screen that hangs on the wall. It is shown this once; revoke it here.";
      return <ToldOnce title={`Wall “${add.data.name}”`} about={about} secret={link} onClose={onClose} />;
    }
    const about = "Keep it where your other secrets are. It is shown this once: Pitwall keeps only its hash.";
    return <ToldOnce title={`Token “${add.data.name}”`} about={about} secret={add.data.token} onClose={onClose} />;
  }
  return (
    <FormDialog
      width="md"
      title="Make a token"
      description="One for each script or machine, with no more than it needs."
      submit="Make it"
      blocked={name.trim() === "" ? "Name it first" : null}
      send={add}
      failed="It was not made"
      onSubmit={() => add.mutate()}
      onClose={onClose}
    >
      <TextField
        label="Name"
        placeholder="deploy pipeline"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Select
        label="Opens"
        value={opens}
        onChange={(event) => setOpens(event.target.value as typeof opens)}
        options={[
          { value: "role", label: "The API", hint: "as far as a role reaches" },
          { value: "wall", label: "A wall", hint: "a link to the live board: looks, nothing else" },
          // Without a job there is nothing that it could report for.
          ...machineDoors
            .filter((door) => door !== "heartbeat" || reporter !== null)
            .map((door) => ({ value: door, label: `The door ${door}`, hint: doorWords[door] })),
        ]}
      />
      {opens === "role" && <RoleFields {...grant} groups={groups} onChange={setGrant} />}
      {opens === "wall" && (
        <GroupField group={grant.group} groups={groups} onChange={(group) => setGrant({ ...grant, group })} />
      )}
      {opens === "heartbeat" && (
        <Select
          label="For the job"
          value={reporter ?? ""}
          onChange={(event) => setReporter(event.target.value)}
          options={reporters.map(({ id, name: label }) => ({ value: id, label, hint: id }))}
        />
      )}
      <Select
        label="Works for"
        value={String(lifeMs)}
        onChange={(event) => setLifeMs(Number(event.target.value))}
        options={lives}
      />
    </FormDialog>
  );
}

function scopeOf(
  opens: "role" | "wall" | (typeof machineDoors)[number],
  grant: { readonly role: Role; readonly group: string | null },
  reporter: string | null,
): TokenScope | null {
  if (opens === "role") return { kind: "role", ...grant };
  if (opens === "heartbeat") return reporter === null ? null : { kind: "door", door: opens, services: [reporter] };
  return opens === "wall" ? { kind: "wall", group: grant.group } : { kind: "door", door: opens };
}
