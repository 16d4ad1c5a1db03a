import { noSuch } from "#lib/config/checks.ts";
import type { Complaint } from "#lib/config/complaint.ts";
import type { AccessConfig, FrontConfig } from "#lib/config/model.ts";
import type { VouchedSettings } from "#lib/core/access-settings.ts";

/** What the ways in by another's word need of the rest of the file. */
export function checkVouched({ settings }: AccessConfig, front: FrontConfig, groups: readonly string[]): Complaint[] {
  const { oidc, proxyHeader } = settings;
  const untrusted: Complaint[] =
    proxyHeader === null || front.trustedProxies.length > 0
      ? []
      : [
          {
            path: ["access", "proxyHeader"],
            at: "key",
            message:
              "`proxyHeader` is believed of trusted proxies alone, and none is named: add `proxy: { trust: [10.0.0.2] }`",
          },
        ];
  return [...untrusted, ...unknownGroups("oidc", oidc, groups), ...unknownGroups("proxyHeader", proxyHeader, groups)];
}

function unknownGroups(key: string, settings: VouchedSettings | null, groups: readonly string[]): Complaint[] {
  return Object.entries(settings?.roles ?? {}).flatMap(([theirs, { group }]) =>
    group === null || groups.includes(group)
      ? []
      : [noSuch("no service is in the group", group, groups, ["access", key, "roles", theirs, "group"])],
  );
}
