import { CopyButton } from "#components/ui/copy-button.tsx";

/** Text to copy into a shell. */
export function CommandBlock({ text }: { readonly text: string }) {
  return (
    <div className="flex flex-wrap items-start gap-2">
      <pre className="min-w-0 flex-1 overflow-x-auto rounded-md bg-raised px-3 py-2 font-mono text-xs">{text}</pre>
      <CopyButton text={text} />
    </div>
  );
}
