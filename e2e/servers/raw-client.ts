import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A connection that sends exactly the bytes it is told, as no HTTP client would. */
export interface RawClient {
  readonly socket: Socket;
  readonly send: (bytes: string | Buffer) => void;
  /** All that came until the other side closed. */
  readonly all: () => Promise<string>;
  /** Resolves with what has come as soon as it contains that. */
  readonly until: (text: string) => Promise<string>;
}

export async function rawClient(port: number, from = "127.0.0.1"): Promise<RawClient> {
  const socket = connect({ host: "127.0.0.1", port, localAddress: from });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  // A cut connection is an answer too; what came before it is what counts.
  socket.on("error", () => undefined);
  await once(socket, "connect");
  const text = () => Buffer.concat(chunks).toString("latin1");
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    all: async () => {
      await closed;
      return text();
    },
    until: (wanted) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (text().includes(wanted)) resolve(text());
        };
        socket.on("data", look);
        socket.once("close", () =>
          text().includes(wanted) ? resolve(text()) : reject(new Error(`closed after ${text()}`)),
        );
        look();
        if (socket.closed) reject(new Error(`closed after ${text()}`));
      }),
  };
}
