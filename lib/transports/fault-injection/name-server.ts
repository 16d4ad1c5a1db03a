import dgram from "node:dgram";
import { Resolver } from "node:dns";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { ResolveName } from "#lib/transports/name-lookup.ts";

/** A name server of the test's own, and a look-up that asks it alone. */
export interface NameServer {
  readonly resolve: ResolveName;
  /** The names it was asked for, in order. */
  readonly asked: readonly string[];
}

/** Answers questions for A records (RFC 1035, 4.1) over UDP with what `answer` says, for no time to live. */
export async function nameServer(
  t: TestContext,
  answer: (name: string, times: number) => readonly string[],
): Promise<NameServer> {
  const asked: string[] = [];
  const socket = dgram.createSocket("udp4");
  socket.on("message", (query, from) => {
    const name = nameIn(query);
    const addresses = answer(name, asked.filter((one) => one === name).length);
    asked.push(name);
    socket.send(reply(query, addresses), from.port, from.address);
  });
  await new Promise<void>((listening) => socket.bind(0, "127.0.0.1", listening));
  t.after(() => socket.close());
  const resolver = new Resolver({ timeout: 5_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${(socket.address() as AddressInfo).port}`]);
  return {
    asked,
    resolve: (name, _family, done) => {
      resolver.resolve4(name, (error, found) => {
        done(
          error,
          (found ?? []).map((address) => ({ address, family: 4 })),
        );
      });
    },
  };
}

function nameIn(query: Buffer): string {
  const labels: string[] = [];
  for (let at = 12; (query[at] ?? 0) > 0; at += 1 + (query[at] ?? 0)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + (query[at] ?? 0)));
  }
  return labels.join(".");
}

function reply(query: Buffer, addresses: readonly string[]): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  const records = addresses.map((address) => {
    const record = Buffer.alloc(16);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(1, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt16BE(4, 10);
    for (const [index, byte] of address.split(".").entries()) record[12 + index] = Number(byte);
    return record;
  });
  return Buffer.concat([head, query.subarray(12, end), ...records]);
}
