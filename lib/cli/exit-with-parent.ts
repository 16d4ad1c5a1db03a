/**
 * Preloaded into every process that must not outlive its parent. The parent holds the other end of a channel that
 * carries nothing; the kernel closes it however the parent ends, kill -9 included.
 */
const graceMs = 8_000;

if (process.connected) {
  process.once("disconnect", () => {
    // Whoever read our output is gone as well; a line written to nobody must not break the orderly end.
    for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
    setTimeout(() => process.kill(process.pid, "SIGKILL"), graceMs).unref();
    process.kill(process.pid, "SIGTERM");
  });
  process.channel?.unref();
}

export {};
