"use client";

import type { ReactNode } from "react";
import { ApiFields } from "#components/settings/api-fields.tsx";
import { CommandBlock } from "#components/settings/command-block.tsx";
import type { ApiAnswer, ApiDoor as Door } from "#lib/wire/api-reference.ts";

/** One door: its line, and what it needs, takes and answers when it is open. */
export function ApiDoor({
  door,
  open,
  onToggle,
}: {
  readonly door: Door;
  readonly open: boolean;
  readonly onToggle: (open: boolean) => void;
}) {
  const { id, method, path, summary, needs, parameters, body, answers, refusals, example } = door;
  return (
    <details
      id={id}
      open={open}
      onToggle={(event) => onToggle(event.currentTarget.open)}
      className="group scroll-mt-20"
    >
      <summary className="flex cursor-pointer flex-wrap items-baseline gap-x-3 gap-y-0.5 px-3.5 py-2 hover:bg-hover">
        <span aria-hidden="true" className="w-2 flex-none text-faint text-xs group-open:rotate-90">
          ▸
        </span>
        <span className="w-10 flex-none font-mono font-semibold text-xs">{method}</span>
        <span className="min-w-0 flex-1 font-mono text-xs [overflow-wrap:anywhere] lg:w-96 lg:flex-none">{path}</span>
        <span className="min-w-0 basis-full text-dim lg:flex-1 lg:basis-72">
          <Words text={summary} />
        </span>
      </summary>
      <div className="flex flex-col gap-4 px-3.5 pt-1 pb-4">
        <p className="flex flex-wrap items-baseline gap-x-3 text-dim">
          <Words text={needs} />
          <a href={`#${id}`} className="text-faint text-xs underline">
            Link to this door
          </a>
        </p>
        <section aria-label={`Example of ${method} ${path}`}>
          <CommandBlock text={example} />
        </section>
        {parameters.length > 0 && (
          <Part title="Parameters">
            <ApiFields
              caption={`Parameters of ${method} ${path}`}
              fields={parameters.map(({ place, about, ...rest }) => ({
                ...rest,
                about: [`in the ${place}`, about].filter(Boolean).join("; "),
              }))}
            />
          </Part>
        )}
        {body.length > 0 && (
          <Part title="Body, as JSON">
            <ApiFields caption={`Body of ${method} ${path}`} fields={body} />
          </Part>
        )}
        <Part title="Answers">
          <ul className="flex flex-col gap-2">
            {answers.map((answer) => (
              <Answer key={answer.status} answer={answer} />
            ))}
          </ul>
        </Part>
        <Part title="Refusals">
          <ul className="flex flex-col gap-0.5 pt-1 text-xs">
            {refusals.map(({ status, about }) => (
              <li key={status} className="flex gap-3">
                <span className="w-8 flex-none font-mono">{status}</span>
                <span className="min-w-0 font-mono text-dim [overflow-wrap:anywhere]">{about}</span>
              </li>
            ))}
          </ul>
        </Part>
      </div>
    </details>
  );
}

/** A sentence in which names stand between backticks. */
function Words({ text }: { readonly text: string }) {
  return text.split("`").map((part, at) =>
    // The parts of a sentence have no other name than their place.
    // biome-ignore lint/suspicious/noArrayIndexKey: they never change
    at % 2 === 1 ? <code key={at}>{part}</code> : part,
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section>
      <h3 className="font-medium text-faint text-xs">{title}</h3>
      {children}
    </section>
  );
}

function Answer({ answer: { status, media, shape, fields } }: { readonly answer: ApiAnswer }) {
  const head = (
    <>
      <span className="w-8 flex-none font-mono">{status}</span>
      <span className="min-w-0 font-mono text-dim [overflow-wrap:anywhere]">
        {media}: {shape}
      </span>
    </>
  );
  if (fields.length === 0) {
    const named = /^[A-Z]\w+$/.test(shape);
    return (
      <li className="flex gap-3 pt-1 text-xs">
        {head}
        {named && (
          <a href={`#shape-${shape}`} className="text-faint underline">
            its fields
          </a>
        )}
      </li>
    );
  }
  return (
    <li>
      <details>
        <summary className="cursor-pointer pt-1 text-xs">
          <span className="inline-flex gap-3">{head}</span>
        </summary>
        <ApiFields caption={`Fields of the answer ${status}`} fields={fields} />
      </details>
    </li>
  );
}
