"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { z } from "zod";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { fullTime } from "#components/board/wall-time.ts";
import { type Edited, PersonDialog } from "#components/settings/person-dialog.tsx";
import { SettingsHead } from "#components/settings/settings-head.tsx";
import { ToldOnce } from "#components/settings/told-once.tsx";
import { Button } from "#components/ui/button.tsx";
import { Menu, MenuItem, MenuSeparator } from "#components/ui/menu.tsx";
import { type PersonDto, personLinkDto } from "#lib/wire/person.ts";
import { peopleQuery } from "#lib/wire/queries.ts";
import { askApi, orThrow } from "#lib/wire/request.ts";

/** Who has an account and may what; inviting, roles, closing, and ending sessions. */
export function PeoplePage({
  people,
  groups,
}: {
  readonly people: readonly PersonDto[];
  readonly groups: readonly string[];
}) {
  const [edited, setEdited] = useState<Edited | null>(null);
  const [link, setLink] = useState<{ readonly email: string; readonly url: string } | null>(null);
  const { data } = useQuery({ ...peopleQuery, initialData: { people: [...people] } });
  const tell = (email: string, path: string) => setLink({ email, url: `${window.location.origin}${path}` });
  return (
    <>
      <SettingsHead title="People" about="Each has roles, over all services or over groups of them." administers>
        <Button variant="primary" onClick={() => setEdited({ person: null })}>
          Invite …
        </Button>
      </SettingsHead>
      <ul className="rounded-lg border border-line bg-surface">
        {data.people.map((person) => (
          <PersonRow
            key={person.id}
            person={person}
            onEdit={() => setEdited({ person })}
            onLink={(path) => tell(person.email, path)}
          />
        ))}
      </ul>
      {edited !== null && (
        <PersonDialog edited={edited} groups={groups} onInvited={tell} onClose={() => setEdited(null)} />
      )}
      {link !== null && (
        <ToldOnce
          title={`A link for ${link.email}`}
          about="Send it to them alone. It works once, and is shown this once."
          secret={link.url}
          onClose={() => setLink(null)}
        />
      )}
    </>
  );
}

const ended = z.object({ ended: z.number() });
const one = z.object({ id: z.string() });

function PersonRow({
  person,
  onEdit,
  onLink,
}: {
  readonly person: PersonDto;
  readonly onEdit: () => void;
  readonly onLink: (path: string) => void;
}) {
  const [zone, client] = [useTimeZone(), useQueryClient()];
  const closed = person.disabledAt !== null;
  const act = useMutation({
    mutationFn: async (what: "disable" | "enable" | "reset" | "sign-out") => {
      const path = `/api/v1/people/${encodeURIComponent(person.id)}/${what}`;
      const asked = { method: "POST", body: {} } as const;
      if (what === "reset") onLink((await orThrow(askApi(path, personLinkDto, asked))).path);
      else if (what === "sign-out") await orThrow(askApi(path, ended, asked));
      else await orThrow(askApi(path, one, asked));
    },
    onSettled: () => client.invalidateQueries({ queryKey: peopleQuery.queryKey }),
  });
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1.5 border-line border-t px-3.5 py-2.5 first:border-t-0">
      <div className="min-w-0 flex-[1_1_16rem]">
        <p className={closed ? "text-faint line-through" : "font-medium [overflow-wrap:anywhere]"}>{person.name}</p>
        <p className="text-dim [overflow-wrap:anywhere]">{person.email}</p>
        {act.error !== null && <p className="text-crit text-xs">{act.error.message}</p>}
      </div>
      <div className="min-w-0 flex-[1_1_14rem]">
        <p>{person.grants.length === 0 ? <span className="text-faint">No role</span> : grantWords(person)}</p>
        <p className="text-faint text-xs">
          {closed ? "Closed" : proofWords(person)} ·{" "}
          {person.seenAt === null ? "not signed in" : `seen ${fullTime(person.seenAt, zone)}`}
        </p>
      </div>
      <Menu
        trigger={
          <Button size="sm" pending={act.isPending} aria-label={`What to do about ${person.email}`}>
            Change …
          </Button>
        }
      >
        <MenuItem onSelect={onEdit}>Roles …</MenuItem>
        <MenuItem
          onSelect={() => act.mutate("sign-out")}
          blocked={person.seenAt === null ? "No session is open" : null}
        >
          Sign out everywhere
        </MenuItem>
        <MenuItem
          onSelect={() => act.mutate("reset")}
          blocked={closed ? "The account is closed" : null}
          hint="Takes away password, passkeys and codes; makes a link for new ones"
        >
          Reset
        </MenuItem>
        <MenuSeparator />
        {closed ? (
          <MenuItem onSelect={() => act.mutate("enable")}>Open again</MenuItem>
        ) : (
          <MenuItem critical onSelect={() => act.mutate("disable")} hint="Ends all sessions; what they did stays">
            Close the account
          </MenuItem>
        )}
      </Menu>
    </li>
  );
}

function grantWords({ grants }: PersonDto): string {
  return grants
    .map(({ role, group, origin }) => {
      const by = origin === "hand" ? "" : ` (by ${origin === "oidc" ? "OpenID" : "the proxy"})`;
      return `${role} over ${group === null ? "all services" : `“${group}”`}${by}`;
    })
    .join(", ");
}

function proofWords({ hasPassword, passkeys, twoFactor, vouchedBy }: PersonDto): string {
  const ways = [
    ...(hasPassword ? [twoFactor ? "password and code" : "password"] : []),
    ...(passkeys === 0 ? [] : [passkeys === 1 ? "a passkey" : `${passkeys} passkeys`]),
    ...vouchedBy.map((by) => (by === "proxy" ? "the proxy" : "OpenID")),
  ];
  return ways.length === 0 ? "cannot sign in by themselves yet" : ways.join(", ");
}
