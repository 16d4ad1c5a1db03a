"use client";

import { Select } from "#components/ui/select.tsx";
import { roles } from "#lib/core/role.ts";

export type Role = (typeof roles)[number];

const abouts: Readonly<Record<Role, string>> = {
  viewer: "looks",
  responder: "tends trouble, runs what is safe or disrupts",
  operator: "runs everything",
  admin: "people, tokens, settings",
};

/** Stands for all services in a list of groups, whose names cannot be empty. */
const everything = "";

/** A role and the group it is over; `null` is all services. */
export function RoleFields({
  role,
  group,
  groups,
  onChange,
}: {
  readonly role: Role;
  readonly group: string | null;
  readonly groups: readonly string[];
  readonly onChange: (grant: { readonly role: Role; readonly group: string | null }) => void;
}) {
  return (
    <div className="grid min-w-0 flex-1 gap-2 sm:grid-cols-2">
      <Select
        label="Role"
        value={role}
        onChange={(event) => onChange({ role: event.target.value as Role, group })}
        options={roles.map((each) => ({ value: each, label: each, hint: abouts[each] }))}
      />
      <GroupField group={group} groups={groups} onChange={(next) => onChange({ role, group: next })} />
    </div>
  );
}

/** Over which group; `null` is all services. */
export function GroupField({
  group,
  groups,
  onChange,
}: {
  readonly group: string | null;
  readonly groups: readonly string[];
  readonly onChange: (group: string | null) => void;
}) {
  const known = group === null || groups.includes(group) ? groups : [...groups, group];
  return (
    <Select
      label="Over"
      value={group ?? everything}
      onChange={(event) => onChange(event.target.value === everything ? null : event.target.value)}
      options={[
        { value: everything, label: "All services" },
        ...known.map((each) => ({ value: each, label: each, hint: "group" })),
      ]}
    />
  );
}
