import net from "node:net";

/** Sends an answer that never ends to everyone who asks. Run as a process of its own, so that its memory is not ours. */
const block = Buffer.alloc(1 << 16, "x");
const server = net.createServer((socket) => {
  socket.on("error", () => socket.destroy());
  const pour = () => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.on("drain", pour);
  socket.once("data", () => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n");
    pour();
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as net.AddressInfo).port}\n`);
});
// Whoever started it has gone.
process.stdin.on("close", () => process.exit(0)).resume();
