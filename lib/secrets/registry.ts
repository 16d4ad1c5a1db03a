import { command } from "#lib/secrets/command.ts";
import { environment } from "#lib/secrets/environment.ts";
import { files } from "#lib/secrets/files.ts";
import type { ProviderKind } from "#lib/secrets/provider.ts";
import { vault } from "#lib/secrets/vault/vault.ts";

/** Every kind of provider, by the word of `provider:`. */
export const providerKinds: Readonly<Record<string, ProviderKind>> = { environment, files, command, vault };
