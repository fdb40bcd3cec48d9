import { resolve } from 'node:path';
import { type Config, hostConfig } from '@bowline/gitops-config';
import type { Git, RemoteOptions } from '@bowline/gitops-git';
import { CliError } from './errors.ts';
import { openForgeRepository } from './forge.ts';
import type { RepositoryAddress } from './repository-address.ts';
import type { Session } from './session.ts';

/** Opens Git with what this process has: its environment for the git program, and its credentials by host. */
export async function openGitFor(
  session: Session,
  address?: Pick<RepositoryAddress, 'host'>,
): Promise<Git> {
  const { openGit } = await import('@bowline/gitops-git');
  return openGit({ environment: session.environment, allowFile: address?.host === 'local' });
}

/** What every call to a remote gets. */
export async function connectionOptions(session: Session): Promise<RemoteOptions> {
  const { GITOPS_SSH_KEY_FILE, GITOPS_SSH_KNOWN_HOSTS_FILE } = session.environment;
  const [config, { gitConnection }] = await Promise.all([
    session.config(),
    import('@bowline/gitops-operations/configured'),
  ]);
  return {
    ...gitConnection(config, { signal: session.signal }),
    ssh: {
      identityFile: filePath(session, GITOPS_SSH_KEY_FILE),
      knownHostsFile: filePath(session, GITOPS_SSH_KNOWN_HOSTS_FILE),
    },
    signal: session.signal,
  };
}

function filePath(session: Session, value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : resolve(session.workingDirectory, value);
}

/** Builds the Git address of a repository: what was typed, the file path of a local one, or the host's https address. */
export async function remoteOf(
  session: Session,
  address: RepositoryAddress,
  config: Config,
): Promise<string> {
  if (address.url !== undefined) return address.url;
  if (address.host === 'local') {
    const { repository } = await openForgeRepository(session, address);
    const found = await repository.get({ signal: session.signal });
    if (found !== undefined) return found.cloneUrl;
    throw new CliError(
      'CLI_FILE',
      `There is no repository "${address.repository}" in "${address.root}".`,
      {
        hint: 'Name the folder that holds the bare repositories with --org.',
      },
    );
  }
  const known = hostConfig(config, address.host);
  if (known !== undefined) {
    const { cloneAddress } = await import('@bowline/gitops-operations/configured');
    return cloneAddress(known, address.repository);
  }
  const { remoteUrl } = await import('@bowline/gitops-git');
  return remoteUrl({ host: address.host, repository: address.repository });
}
