import type { Metadata } from "next";
import { WelcomePage } from "#components/sign-in/welcome-page.tsx";

export const metadata: Metadata = { title: "Welcome — Pitwall" };

/** Using a link that works once; its secret stands behind the #, so this server first hears of it by POST. */
export default function Page() {
  return <WelcomePage />;
}
