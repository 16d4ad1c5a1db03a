import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const systemBrowser = "/usr/bin/chromium";

/** Browser stories on one real lab and one real Pitwall. They break and heal the same servers, so one runs at a time. */
export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: "../test-results",
  globalSetup: "./start-stack.ts",
  workers: 1,
  fullyParallel: false,
  // Many times what they take, for a machine that is slow and busy: only a story that fails waits so long.
  timeout: 600_000,
  expect: { timeout: 60_000 },
  use: {
    // A click that nothing answers is told long before its story would end.
    actionTimeout: 120_000,
    viewport: { width: 1440, height: 1000 },
    colorScheme: "dark",
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    screenshot: "only-on-failure",
    trace: "off",
    launchOptions: {
      ...(existsSync(systemBrowser) ? { executablePath: systemBrowser } : {}),
      args: [
        "--no-sandbox",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
