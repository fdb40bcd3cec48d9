import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, hostConfig } from '@bowline/gitops-config';
import type { Provider } from '@bowline/gitops-providers';
import { CliError } from './errors.ts';
import type { ForgeRepository } from './forge.ts';
import { connectToForge } from './forge.ts';
import type { Session } from './session.ts';

/**
 * Opens the pull request that a web address names. The host decides the forge and the credential; it must be a configured one.
 *
 * @throws CliError `CLI_USAGE` when it is not the address of a pull request.
 */
export async function openPullRequest(
  session: Session,
  url: string,
): Promise<ForgeRepository & { readonly id: number }> {
  if (!URL.canParse(url)) throw notAnAddress(url);
  const parsed = new URL(url);
  if (parsed.protocol === 'file:') {
    // The folder around the repository is its root, whatever --org says.
    const root = dirname(filePath(parsed, url));
    return openFound(await connectToForge(session, { host: 'local', root }), url);
  }
  if (!/^https?:$/.test(parsed.protocol)) throw notAnAddress(url);
  const host = parsed.host.toLowerCase();
  if (hostConfig(await session.config(), host) === undefined) throw unknownHost(parsed);
  const provider = await connectToForge(session, { host, root: undefined });
  return openFound(provider, url);
}

const pages: readonly (readonly [RegExp, string])[] = [
  [/\/-\/merge_requests\/\d/, 'gitlab'],
  [/\/(?:projects|users)\/[^/]+\/repos\/[^/]+\/pull-requests\/\d/, 'bitbucket-datacenter'],
  [/\/pull\/\d/, 'github'],
  [/\/pulls\/\d/, 'gitea'],
];

/** No credential goes to a host by the look of its pages; but they tell what to configure. */
function unknownHost({ host, pathname }: URL): ConfigError {
  const kind = pages.find(([pattern]) => pattern.test(pathname))?.[1];
  return new ConfigError('CONFIG_HOST_UNKNOWN', `No forge is configured for host "${host}".`, {
    ...(kind === undefined
      ? {}
      : { hint: `Add it to gitops.yaml: hosts: { "${host}": { kind: ${kind} } }.` }),
    details: { host },
  });
}

function filePath(parsed: URL, url: string): string {
  try {
    return fileURLToPath(parsed);
  } catch (cause) {
    throw notAnAddress(url, cause);
  }
}

function openFound(provider: Provider, url: string): ForgeRepository & { readonly id: number } {
  const found = provider.parsePullRequestUrl(url);
  if (found === undefined) throw notAnAddress(url);
  return { provider, repository: provider.repository(found.repository), id: found.id };
}

function notAnAddress(url: string, cause?: unknown): CliError {
  return new CliError('CLI_USAGE', `"${url}" is not the web address of a pull request.`, {
    cause,
    hint: 'Copy it from the page of the pull request, such as https://bitbucket.org/acme/shop/pull-requests/42 or https://github.com/acme/shop/pull/42.',
  });
}
