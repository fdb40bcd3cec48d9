import type { CloneOptions, EngineRepository, GitEngine, RemoteSession } from '../engine.ts';
import type { RemoteOptions, RemoteRef } from '../types.ts';
import { withDeadline } from './deadline.ts';
import { openHttpConnection } from './http-connection.ts';
import { type IsomorphicEngineOptions, limitsOf } from './limits.ts';
import { discover, listRefs, type RemoteContext } from './ref-discovery.ts';
import { openSession } from './remote-session.ts';

export type { IsomorphicEngineOptions } from './limits.ts';

/**
 * Makes the engine that needs no git program.
 *
 * Repositories on disk are read and written with isomorphic-git. What goes over the network does not pass it: one client for
 * the smart HTTP protocol (version 2 with a fall back to 0) sees to compare-and-swap pushes, partial clones, credentials
 * that stay with their host, deadlines, limits, and packs that are checked before they are believed. SSH and files are refused.
 *
 * @example
 * ```ts
 * import { isomorphicEngine } from '@bowline/gitops-git/isomorphic';
 *
 * const engine = isomorphicEngine();
 * const refs = await engine.listRemoteRefs('https://github.com/git/git.git', { prefixes: ['HEAD'] });
 * console.log(refs[0]?.target);
 * //=> refs/heads/master
 * ```
 */
export function isomorphicEngine(options: IsomorphicEngineOptions = {}): GitEngine {
  const limits = limitsOf(options);

  function connect(remote: string, remoteOptions: RemoteOptions): RemoteContext {
    const { credentials, allowInsecureHttp } = remoteOptions;
    const { userAgent } = limits;
    return {
      connection: openHttpConnection(remote, { credentials, allowInsecureHttp, userAgent }),
      limits,
    };
  }

  return {
    name: 'isomorphic',
    async listRemoteRefs(remote, listOptions): Promise<readonly RemoteRef[]> {
      const context = connect(remote, listOptions);
      try {
        return await withDeadline(
          'Listing the refs of the remote',
          listOptions,
          async (deadline) => {
            const advertisement = await discover(context, 'git-upload-pack', deadline);
            const { prefixes = [] } = listOptions;
            return listRefs(context, { advertisement, prefixes }, deadline);
          },
        );
      } finally {
        context.connection.close();
      }
    },
    async clone(remote: string, directory: string, cloneOptions: CloneOptions): Promise<void> {
      const { cloneRepository } = await import('./clone.ts');
      const context = connect(remote, cloneOptions);
      try {
        await cloneRepository(context, directory, cloneOptions);
      } finally {
        context.connection.close();
      }
    },
    async open(directory: string): Promise<EngineRepository> {
      const { openRepository } = await import('./repository.ts');
      return openRepository(directory, { clock: options.clock ?? Date.now, connect });
    },
    openRemote(remote: string, remoteOptions: RemoteOptions): Promise<RemoteSession> {
      // A bad address rejects like everything else, and does not throw.
      return Promise.resolve().then(() =>
        openSession(connect(remote, remoteOptions), remoteOptions),
      );
    },
  };
}
