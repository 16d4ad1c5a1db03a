"use client";

import { type ReactNode, useState } from "react";
import { useBoardNow } from "#components/board/live-provider.tsx";
import { TypedParam } from "#components/run/typed-param.tsx";
import { type Matches, useMatches } from "#components/run/use-matches.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { Select } from "#components/ui/select.tsx";
import type { BoardService, OfferDto } from "#lib/wire/board.ts";
import { offerWords } from "#lib/wire/offer-words.ts";
import { paramComplaint } from "#lib/wire/param.ts";
import { careFor } from "#lib/wire/run.ts";

export type Params = Readonly<Record<string, string>>;

/** Up to this many values are shown side by side; more become a list. */
const mostCards = 12;

/** Chooses what an action works on. A low risk runs from here; everything else goes on to its plan first. */
export function ActionDialog({
  service,
  offer,
  initial,
  pending,
  problem,
  onStart,
  onClose,
}: {
  readonly service: BoardService;
  readonly offer: OfferDto;
  readonly initial: Params;
  readonly pending: boolean;
  readonly problem: string | null;
  readonly onStart: (params: Params, mode: "plan" | "run" | "dry") => void;
  readonly onClose: () => void;
}) {
  const now = useBoardNow();
  const [params, setParams] = useState<Params>(() => prefilled(offer, initial));
  const matches = useMatches(offer.params);
  const missing = offer.params.find((field) => paramComplaint(field, params[field.name] ?? "", matches) !== null);
  const told = offerWords(offer, now);
  const oneClick = careFor(offer.risk) === "one-click";
  const blocked =
    offer.blocked ??
    (missing === undefined ? null : `${missing.input === undefined ? "Choose" : "Fill in"} first: ${missing.label}`);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`${offer.title} · ${service.name}`}
      description={offer.about}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="quiet" blocked={blocked} pending={pending} onClick={() => onStart(params, "dry")}>
            Dry run
          </Button>
          {oneClick && (
            <Button variant="quiet" blocked={blocked} pending={pending} onClick={() => onStart(params, "plan")}>
              Only check and plan
            </Button>
          )}
          <Button
            variant="primary"
            blocked={blocked}
            pending={pending}
            onClick={() => onStart(params, oneClick ? "run" : "plan")}
          >
            {oneClick ? offer.title : "Check and plan"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 px-4 py-4 sm:px-5.5">
        {offer.blocked !== null && (
          <Notice mark="warning" title="Not possible now">
            {offer.blocked}
          </Notice>
        )}
        {problem !== null && (
          <div role="alert">
            <Notice mark="critical" title="Pitwall refused">
              {problem}
            </Notice>
          </div>
        )}
        {offer.params.map((field) => (
          <ParamChoice
            key={field.name}
            field={field}
            value={params[field.name] ?? ""}
            matches={matches}
            onChange={(value) => setParams({ ...params, [field.name]: value })}
          />
        ))}
        {told !== null && <p className="text-dim">It {told}.</p>}
        <p className="text-faint">
          {oneClick
            ? "It is checked live first and does not start unless every check passes. Then it is proven by the symptom."
            : "Nothing is touched yet: everything is checked live first, and the plan waits for you."}
        </p>
      </div>
    </Dialog>
  );
}

function ParamChoice({
  field,
  value,
  matches,
  onChange,
}: {
  readonly field: OfferDto["params"][number];
  readonly value: string;
  readonly matches: Matches;
  readonly onChange: (value: string) => void;
}) {
  if (field.input !== undefined)
    return <TypedParam field={field} value={value} matches={matches} onChange={onChange} />;
  if (field.options.length === 0) return <Field label={field.label}>Nothing to choose from right now.</Field>;
  if (field.options.length > mostCards) {
    return (
      <Select
        label={field.label}
        hint={field.hint}
        options={field.options}
        placeholder="Choose one"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  }
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium text-dim text-xs">{field.label}</legend>
      <div className="grid gap-2 sm:grid-cols-2">
        {field.options.map((option) => (
          <label
            key={option.value}
            className="flex cursor-pointer items-baseline gap-2.5 rounded-md border border-line-2 bg-raised px-3 py-2 hover:border-edge has-checked:border-text has-focus-visible:outline-2 has-focus-visible:outline-focus has-focus-visible:outline-offset-2"
          >
            <input
              type="radio"
              name={field.name}
              value={option.value}
              checked={value === option.value}
              onChange={() => onChange(option.value)}
              className="translate-y-px accent-accent"
            />
            <span className="min-w-0">
              <span className="font-medium [overflow-wrap:anywhere]">{option.label}</span>
              {option.hint !== undefined && <span className="block text-dim text-xs">{option.hint}</span>}
            </span>
          </label>
        ))}
      </div>
      {field.hint !== undefined && <p className="mt-1 text-faint text-xs">{field.hint}</p>}
    </fieldset>
  );
}

function Field({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div>
      <p className="font-medium text-dim text-xs">{label}</p>
      <p>{children}</p>
    </div>
  );
}

/** What was asked for, where it is still possible; else the only value there is. What is typed begins empty. */
export function prefilled(offer: OfferDto, wanted: Params): Params {
  return Object.fromEntries(
    offer.params.flatMap((field) => {
      const typed = wanted[field.name];
      if (field.input !== undefined) return typed === undefined ? [] : [[field.name, typed]];
      const asked = field.options.find((option) => option.value === typed);
      const only = field.options.length === 1 ? field.options[0] : undefined;
      const value = asked?.value ?? only?.value;
      return value === undefined ? [] : [[field.name, value]];
    }),
  );
}
