import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority of one's own, and certificates signed by it. */
export interface Authority {
  readonly ca: string;
  issue(
    name: string,
    options: { readonly names: string; readonly notBefore?: string; readonly notAfter?: string },
  ): Certificate;
}

/** A date as openssl takes it: `20200101000000Z`. */
export function opensslDate(at: number): string {
  return `${new Date(at).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`;
}

/** Makes an authority in a folder. `names` is openssl's subjectAltName: `DNS:a.example,IP:127.0.0.1`. */
export function createAuthority(folder: string): Authority {
  const file = (name: string) => path.join(folder, name);
  openssl([
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "3650",
    "-subj",
    "/CN=Test authority",
    "-keyout",
    file("ca.key"),
    "-out",
    file("ca.crt"),
  ]);
  writeFileSync(file("index.txt"), "");
  writeFileSync(
    file("ca.cnf"),
    [
      "[ca]",
      "default_ca=it",
      "[it]",
      `database=${file("index.txt")}`,
      `new_certs_dir=${folder}`,
      "default_md=sha256",
      "policy=any",
      "rand_serial=yes",
      "unique_subject=no",
      "copy_extensions=copy",
      "[any]",
      "commonName=supplied",
    ].join("\n"),
  );
  const far = Date.now() + 3_000 * 86_400_000;
  return {
    ca: readFileSync(file("ca.crt"), "utf8"),
    issue(name, { names, notBefore = opensslDate(Date.now() - 86_400_000), notAfter = opensslDate(far) }) {
      openssl([
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-subj",
        `/CN=${name}`,
        "-addext",
        `subjectAltName=${names}`,
        "-keyout",
        file(`${name}.key`),
        "-out",
        file(`${name}.csr`),
      ]);
      openssl([
        "ca",
        "-batch",
        "-notext",
        "-config",
        file("ca.cnf"),
        "-cert",
        file("ca.crt"),
        "-keyfile",
        file("ca.key"),
        "-startdate",
        notBefore,
        "-enddate",
        notAfter,
        "-in",
        file(`${name}.csr`),
        "-out",
        file(`${name}.crt`),
      ]);
      return { cert: readFileSync(file(`${name}.crt`), "utf8"), key: readFileSync(file(`${name}.key`), "utf8") };
    },
  };
}

/** A certificate that nobody but itself vouches for. */
export function createSelfSigned(folder: string, name: string): Certificate {
  const [cert, key] = [path.join(folder, `${name}-self.crt`), path.join(folder, `${name}-self.key`)];
  openssl([
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "30",
    "-subj",
    `/CN=${name}`,
    "-addext",
    `subjectAltName=DNS:${name}`,
    "-keyout",
    key,
    "-out",
    cert,
  ]);
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}

function openssl(parameters: readonly string[]): void {
  const done = spawnSync("openssl", parameters, { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`openssl ${parameters[0]} failed: ${done.stderr}`);
}
