import { withDeadline } from '../deadline.ts';
import type { EngineOptions, GitEngine } from '../engine.ts';
import { cloneRepository } from './clone.ts';
import { listRefs } from './remote-refs.ts';
import { openSession } from './remote-session.ts';
import { openRepository } from './repository.ts';
import { openTransport, type TransportContext } from './transport.ts';
import { type GitVersion, systemGitVersion } from './version.ts';

export { type GitVersion, systemGitVersion } from './version.ts';

/**
 * Makes the engine that runs the git program, 2.30 or newer.
 *
 * Each process has a fixed argument list, an environment of its own, no configuration of the user, no hooks and no filters;
 * only the protocol of its remote is allowed. Credentials are in the environment of the child alone.
 *
 * @example
 * ```ts
 * import { tmpdir } from 'node:os';
 * import { systemEngine } from '@bowline/gitops-git/system';
 *
 * const engine = systemEngine({
 *   environment: { PATH: '/usr/bin:/bin' },
 *   temporaryDirectory: tmpdir(),
 *   clock: Date.now,
 * });
 * const repository = await engine.open('/srv/deploy');
 * console.log((await repository.status()).branch);
 * ```
 */
export function systemEngine(options: EngineOptions): GitEngine {
  let version: Promise<GitVersion> | undefined;
  const context: TransportContext = {
    engine: options,
    version: () => {
      version ??= systemGitVersion(options);
      return version;
    },
  };
  return {
    name: 'system',
    listRemoteRefs: (remote, listOptions) =>
      withDeadline(`Listing the refs of the remote`, listOptions, async (signal) => {
        const transport = await openTransport(remote, { ...listOptions, signal }, context);
        try {
          return await listRefs(transport, {
            cwd: options.temporaryDirectory,
            prefixes: listOptions.prefixes,
          });
        } finally {
          await transport.close();
        }
      }),
    clone: (remote, directory, cloneOptions) =>
      withDeadline('The clone', cloneOptions, (signal) =>
        cloneRepository(remote, directory, { ...cloneOptions, signal, context }),
      ),
    open: (directory) => openRepository(directory, context),
    openRemote: async (remote, remoteOptions) => {
      const transport = await openTransport(remote, remoteOptions, context);
      return openSession(transport, { ...remoteOptions, context });
    },
  };
}
