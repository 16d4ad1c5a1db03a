import { createServer } from "node:net";
import { dropPrivileges } from "#e2e/lab/owner.ts";

/** Accepts every connection, reads what comes, and never says a word. Arguments: lab folder, address, port. */
const [, , , address = "127.0.0.1", port = "0"] = process.argv;

dropPrivileges();
createServer((socket) => {
  socket.on("error", () => socket.destroy());
  socket.resume();
}).listen(Number(port), address);
process.once("SIGTERM", () => process.exit(0));
