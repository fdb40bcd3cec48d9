import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describeConfig, hostConfig, type LoadedConfig } from '@bowline/gitops-config';
import { serializeError } from '@bowline/gitops-errors';
import { openGit, type RemoteOptions } from '@bowline/gitops-git';
import { createRouteMemory, dispatch } from '@bowline/gitops-notify';
import {
  cloneAddress,
  connectForge,
  gitConnection,
  openChannels,
} from '@bowline/gitops-operations/configured';
import { ProviderError } from '@bowline/gitops-providers';
import type { LogOptions, RepositoryAddress, ServerDependencies } from './dependencies.ts';
import { configuredTokens } from './security/configured-tokens.ts';

/** What a server is started with: what a program knows of the process that it is. */
export interface ServerSurroundings {
  readonly version: string;
  readonly loaded: LoadedConfig;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly log: LogOptions;
  /** Folder of `openapi.json` and of the files of the documentation pages. @default the one beside the built server */
  readonly documentation?: URL | undefined;
}

/** Makes what the server works with from what the process has. */
export async function dependenciesFrom(
  surroundings: ServerSurroundings,
): Promise<ServerDependencies> {
  const { version, loaded, environment, workingDirectory, log } = surroundings;
  const { config } = loaded;
  const documentation = surroundings.documentation ?? new URL('./documentation/', import.meta.url);
  const git = openGit({ environment, allowFile: config.defaults.remote === 'local' });
  const connection = connectionOf(surroundings);
  const routeMemory = createRouteMemory();
  const say = (message: string) => {
    const entry = { level: 'warn', time: new Date().toISOString(), msg: message };
    log.write(`${JSON.stringify(entry)}\n`);
  };
  const channels = await openChannels(config, {
    routeMemory,
    onUnusable: ({ name, error }) =>
      say(`Nobody is told through "${name}": ${serializeError(error).message}`),
  });
  return {
    version,
    config,
    tokens: await configuredTokens(config.server),
    log,
    settings: describeConfig(loaded),
    connect: ({ host, root }, { fetch }) =>
      connectForge({
        config,
        host,
        fetch,
        openGit: async () => git,
        ...(root === undefined ? {} : { root: resolve(workingDirectory, root) }),
        ...(config.author === undefined ? {} : { author: config.author }),
      }),
    readLog: async (address, { ref, limit, signal }) =>
      git.remoteLog(await remoteOf(address, surroundings), { ...connection, ref, limit, signal }),
    readDocumentation: (file) => readFile(new URL(file, documentation)),
    ...(channels.length === 0 ? {} : { notify: (event) => dispatch(event, channels) }),
  };
}

/** The address that Git reads a repository from. */
async function remoteOf(
  { host, repository, root }: RepositoryAddress,
  { loaded: { config }, workingDirectory }: ServerSurroundings,
): Promise<string> {
  const known = hostConfig(config, host);
  if (known !== undefined && known.kind !== 'local') return cloneAddress(known, repository);
  const provider = await connectForge({
    config,
    host,
    root: resolve(workingDirectory, root ?? '.'),
  });
  const found = await provider.repository(repository).get();
  if (found !== undefined) return found.cloneUrl;
  throw new ProviderError('PROVIDER_NOT_FOUND', `There is no repository "${repository}".`);
}

/** What every call of Git to a remote gets. */
function connectionOf({
  loaded: { config },
  environment,
  workingDirectory,
}: ServerSurroundings): RemoteOptions {
  const file = (name: string) => {
    const value = environment[name];
    return value === undefined || value === '' ? undefined : resolve(workingDirectory, value);
  };
  return {
    ...gitConnection(config),
    ssh: {
      identityFile: file('GITOPS_SSH_KEY_FILE'),
      knownHostsFile: file('GITOPS_SSH_KNOWN_HOSTS_FILE'),
    },
  };
}
