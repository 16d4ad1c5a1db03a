import net, { type Socket } from "node:net";
import type { TestContext } from "node:test";

/** A server that treats each connection as the test says; it and all its connections end with the test. */
export async function rawServer(
  t: TestContext,
  serve: (socket: Socket) => void,
): Promise<{ readonly port: number; readonly place: string }> {
  const open = new Set<Socket>();
  const server = net.createServer((socket) => {
    open.add(socket);
    // The client under test leaves in the middle of things; that is no error of the server.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => open.delete(socket));
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const { port } = server.address() as net.AddressInfo;
  return { port, place: `127.0.0.1:${port}` };
}

/** Sends the same bytes to everyone who asks anything, and keeps the connection open unless told otherwise. */
export function answering(bytes: string | Buffer, after: "close" | "stay" = "close"): (socket: Socket) => void {
  return (socket) => {
    socket.once("data", () => {
      socket.write(bytes);
      if (after === "close") socket.end();
    });
  };
}
