import type { ForgeKind } from './types.ts';

/** The forges that need no `kind`. */
export const wellKnownHosts: ReadonlyMap<string, ForgeKind> = new Map([
  ['bitbucket.org', 'bitbucket-cloud'],
  ['github.com', 'github'],
  ['gitlab.com', 'gitlab'],
  ['gitea.com', 'gitea'],
  ['codeberg.org', 'gitea'],
  ['local', 'local'],
]);

/** Tells the kind of a host by its name alone. `*.ghe.com` is GitHub Enterprise Cloud with data residency. */
export function kindByName(host: string): ForgeKind | undefined {
  return (
    wellKnownHosts.get(host) ?? (/^[a-z0-9-]{1,63}\.ghe\.com$/.test(host) ? 'github' : undefined)
  );
}

/** Returns the API of a host of which the name tells it; the providers know the others. */
export function apiUrlByName(host: string): string | undefined {
  return /^[a-z0-9-]{1,63}\.ghe\.com$/.test(host) ? `https://api.${host}` : undefined;
}

/** Tells whether an address can only be reached on this machine (RFC 1122 §3.2.1.3, RFC 6761 §6.3). */
export function isLoopback(hostname: string): boolean {
  const name = hostname.toLowerCase();
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '[::1]' ||
    name === '::1' ||
    /^127(?:\.\d{1,3}){3}$/.test(name)
  );
}
