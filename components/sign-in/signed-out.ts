/** Tells all tabs of this browser that the session they share has ended. */
const channelName = "pitwall-session";

/** Whether this page is on its way out already: what it hears on the way must not turn it back. */
let leaving = false;

/** Says that this page will leave by itself. */
export function beginLeaving(): void {
  leaving = true;
}

/** Leads every other tab to the sign-in, at once; what stands on them is nobody's any more. */
export function tellSignedOut(): void {
  const channel = new BroadcastChannel(channelName);
  channel.postMessage("signed-out");
  channel.close();
}

/** Leaves this page for the sign-in when another tab signs out, until the returned function is called. */
export function leaveWhenSignedOut(): () => void {
  const channel = new BroadcastChannel(channelName);
  channel.onmessage = () => {
    // A page hears its own word as well.
    if (leaving) return;
    leaving = true;
    window.location.replace("/sign-in");
  };
  return () => channel.close();
}

/** Paints the page anew because its session is over. A page that leaves already would be called back by it. */
export function reloadUnlessLeaving(): void {
  if (!leaving) window.location.reload();
}

/** Paints the page anew if its session has ended or lost its rights, which the server then says: it leads to the sign-in. */
export async function reloadIfTurnedAway(): Promise<void> {
  const answer = await fetch("/api/v1/maintenance", { cache: "no-store" }).catch(() => null);
  await answer?.body?.cancel();
  if (answer?.status === 401 || answer?.status === 403) reloadUnlessLeaving();
}
