"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { z } from "zod";
import { type Role, RoleFields } from "#components/settings/role-fields.tsx";
import { Button } from "#components/ui/button.tsx";
import { TextField } from "#components/ui/field.tsx";
import { FormDialog } from "#components/ui/form-dialog.tsx";
import { type PersonDto, personLinkDto } from "#lib/wire/person.ts";
import { peopleQuery } from "#lib/wire/queries.ts";
import { askApi, orThrow } from "#lib/wire/request.ts";

/** `null`: somebody new. */
export interface Edited {
  readonly person: PersonDto | null;
}

interface Row {
  readonly key: number;
  readonly role: Role;
  readonly group: string | null;
}

/** Invites somebody, or changes what roles somebody has by hand. */
export function PersonDialog({
  edited: { person },
  groups,
  onInvited,
  onClose,
}: {
  readonly edited: Edited;
  readonly groups: readonly string[];
  readonly onInvited: (email: string, path: string) => void;
  readonly onClose: () => void;
}) {
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [rows, setRows] = useState<readonly Row[]>(() => rowsOf(person));
  const grants = rows.map(({ role, group }) => ({ role, group }));
  const save = useMutation({
    mutationFn: async () => {
      if (person === null) {
        const body = { email, grants };
        const invited = await orThrow(askApi("/api/v1/people", personLinkDto, { method: "POST", body }));
        onInvited(email, invited.path);
        return;
      }
      const path = `/api/v1/people/${encodeURIComponent(person.id)}/grants`;
      await orThrow(askApi(path, z.object({ id: z.string() }), { method: "POST", body: { grants } }));
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: peopleQuery.queryKey });
      onClose();
    },
  });
  const free = [null, ...groups].filter((group) => !rows.some((row) => row.group === group));
  return (
    <FormDialog
      width="md"
      title={person === null ? "Invite somebody" : `Roles of ${person.email}`}
      description={
        person === null
          ? "They get a link that opens their account once; you send it to them."
          : "It holds at once: their open sessions end, and they sign in anew."
      }
      submit={person === null ? "Make the link" : "Save"}
      blocked={person === null && email.trim() === "" ? "Say whom first" : null}
      send={save}
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      {person === null && (
        <TextField label="Address" type="email" value={email} onChange={(event) => setEmail(event.target.value)} />
      )}
      {rows.map((row) => (
        <div key={row.key} className="flex items-end gap-2">
          <RoleFields
            role={row.role}
            group={row.group}
            groups={groups}
            onChange={(grant) =>
              setRows((all) => all.map((each) => (each.key === row.key ? { ...each, ...grant } : each)))
            }
          />
          <Button
            variant="quiet"
            aria-label={`Take away ${row.role}`}
            onClick={() => setRows((all) => all.filter(({ key }) => key !== row.key))}
          >
            ✕
          </Button>
        </div>
      ))}
      {free.length > 0 && (
        <div>
          <Button
            size="sm"
            onClick={() => setRows((all) => [...all, { key: nextKey(all), role: "viewer", group: free[0] ?? null }])}
          >
            Add a role
          </Button>
        </div>
      )}
    </FormDialog>
  );
}

function rowsOf(person: PersonDto | null): Row[] {
  if (person === null) return [{ key: 0, role: "viewer", group: null }];
  const byHand = person.grants.filter(({ origin }) => origin === "hand");
  return byHand.map(({ role, group }, key) => ({ key, role, group }));
}

function nextKey(rows: readonly Row[]): number {
  return Math.max(-1, ...rows.map(({ key }) => key)) + 1;
}
