import ssh2 from "ssh2";

/** The public half of a private key, as a line of authorized_keys; `null` when it is no key, or locked by a passphrase. */
export function publicKeyOf(privateKey: string): string | null {
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) return null;
  return `${parsed.type} ${parsed.getPublicSSH().toString("base64")}`;
}
