"use client";

import { Button } from "#components/ui/button.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";

/** A secret that is shown this once: to be copied, then gone. */
export function ToldOnce({
  title,
  about,
  secret,
  onClose,
}: {
  readonly title: string;
  readonly about: string;
  readonly secret: string;
  readonly onClose: () => void;
}) {
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      width="md"
      title={title}
      description={about}
      footer={
        <>
          <Button onClick={onClose}>Done</Button>
          <CopyButton text={secret} label="Copy" variant="primary" />
        </>
      }
    >
      <p className="px-4 py-4 sm:px-5.5">
        <code className="block select-all rounded-md border border-edge bg-bg px-2.5 py-2 font-mono text-sm [overflow-wrap:anywhere]">
          {secret}
        </code>
      </p>
    </Dialog>
  );
}
