import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

/** A certificate authority for one test run. */
export interface Authority {
  /** Its own certificate, PEM. */
  readonly ca: string;
  /** A certificate for this name that ends in so many days; negative is expired. */
  issue(name: string, endsInDays: number): KeyPair;
  close(): void;
}

const configuration = `[ca]
default_ca = authority
[authority]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = policy
unique_subject = no
copy_extensions = copy
[policy]
commonName = supplied
`;

/** Makes an authority with the openssl program, because Node itself cannot sign certificates. */
export function createAuthority(): Authority {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-ca-"));
  const at = (file: string) => path.join(folder, file);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  writeFileSync(at("ca.cnf"), configuration);
  writeFileSync(at("index.txt"), "");
  writeFileSync(at("serial"), "01\n");
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-subj",
    "/CN=Test Authority",
    "-days",
    "400",
  );
  let count = 0;
  return {
    ca: readFileSync(at("ca.pem"), "utf8"),
    issue(name, endsInDays) {
      count += 1;
      const [key, request, cert] = [`${count}.key`, `${count}.csr`, `${count}.pem`];
      const names = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
      openssl("req", "-new", ...newKey, "-keyout", key, "-out", request, ...names);
      const dates = ["-startdate", asn1Time(Math.min(-1, endsInDays - 30)), "-enddate", asn1Time(endsInDays)];
      const authority = ["-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key"];
      openssl("ca", "-batch", "-notext", ...authority, ...dates, "-in", request, "-out", cert);
      return { key: readFileSync(at(key), "utf8"), cert: readFileSync(at(cert), "utf8") };
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** `YYYYMMDDHHMMSSZ`, so many days from now. */
function asn1Time(days: number): string {
  const time = new Date(Date.now() + days * 86_400_000).toISOString();
  return `${time.slice(0, 19).replace(/[-:T]/g, "")}Z`;
}
