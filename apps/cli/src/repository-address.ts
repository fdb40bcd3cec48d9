import { type Config, defaultOrganization, hostConfig } from '@bowline/gitops-config';
import { CliError } from './errors.ts';

/** The flags that say where a repository is. */
export interface RepositoryFlags {
  readonly org?: string | undefined;
  readonly remote?: string | undefined;
}

/** A repository as the arguments name it. */
export interface RepositoryAddress {
  /** Host name, or `local`. */
  readonly host: string;
  /** Owner and name; only the name for `local`. */
  readonly repository: string;
  /** Address as it was typed, when it was a whole one. */
  readonly url: string | undefined;
  /** Folder of the repositories; `local` only. */
  readonly root: string | undefined;
}

/**
 * Reads `REPO`, `ORG/REPO` or a whole Git address, together with `--org` and `--remote`.
 *
 * @throws CliError `CLI_ORGANIZATION_MISSING` when only a name is given and no owner is configured.
 */
export async function readRepositoryAddress(
  text: string,
  flags: RepositoryFlags,
  config: Config,
): Promise<RepositoryAddress> {
  if (text === '') throw new CliError('CLI_USAGE', 'The name of the repository is empty.');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || /^[^/\s]+@[^/\s]+:/.test(text)) {
    const [{ parseRemoteUrl }, { cloneAddress, findForgeRepository }] = await Promise.all([
      import('@bowline/gitops-git'),
      import('@bowline/gitops-operations/configured'),
    ]);
    const parsed = parseRemoteUrl(text);
    const { protocol, host, port, path } = parsed;
    const found = findForgeRepository(config, parsed);
    const known = found && hostConfig(config, found.host);
    if (found === undefined || known === undefined) {
      // A Git server that is no configured forge can be reached by its address all the same.
      const named = port === undefined ? host : `${host}:${port}`;
      return { host: named, repository: path.replace(/\.git$/, ''), url: text, root: undefined };
    }
    // It may be the address of a page.
    const typed = protocol === 'ssh' || known.kind === 'git';
    const url = typed ? text : await cloneAddress(known, found.repository);
    return { ...found, url, root: undefined };
  }
  const remote = flags.remote ?? config.defaults.remote;
  if (remote === 'local') {
    const root = flags.org ?? config.defaults.organization;
    if (root === undefined) {
      throw new CliError(
        'CLI_ORGANIZATION_MISSING',
        'The folder of the local repositories is not known.',
        {
          hint: 'Name it with --org DIR.',
        },
      );
    }
    return { host: 'local', repository: text, url: undefined, root };
  }
  if (text.includes('/'))
    return { host: remote, repository: text, url: undefined, root: undefined };
  const organization = flags.org ?? defaultOrganization(config, remote);
  if (organization === undefined) {
    throw new CliError(
      'CLI_ORGANIZATION_MISSING',
      `The owner of repository "${text}" on ${remote} is not known.`,
    );
  }
  return { host: remote, repository: `${organization}/${text}`, url: undefined, root: undefined };
}
