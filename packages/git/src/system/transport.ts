import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { platform } from 'node:process';
import { checkMilliseconds, wholeSeconds } from '../deadline.ts';
import type { EngineOptions } from '../engine.ts';
import { GitError } from '../errors.ts';
import { isLoopbackHost, parseRemoteUrl, type RemoteUrl } from '../remote-url.ts';
import type { GitCredential, RemoteOptions } from '../types.ts';
import { hardenedEnvironment, hardenedSettings, settingArguments } from './environment.ts';
import { gitFailure } from './failure.ts';
import { type GitProcessResult, runGitProcess } from './git-process.ts';
import { privateFolder } from './private-folder.ts';
import { sshCommand } from './ssh-command.ts';
import { type GitVersion, isAtLeast } from './version.ts';

const DEFAULT_IDLE_MS = 30_000;

/** Everything that git needs for one remote, for the time of one call. Must be closed. */
export interface Transport {
  readonly url: RemoteUrl;
  /** Host and path, for messages. */
  readonly name: string;
  /** The full environment of a git process that talks to the remote. */
  readonly environment: Readonly<Record<string, string>>;
  /** Settings and their `-c`, to stand before the command. */
  readonly settings: readonly string[];
  /** Runs a git command that talks to the remote. Says by `what` what it is for. */
  run(command: TransportCommand): Promise<GitProcessResult>;
  /** Makes the error for a command that failed. */
  failure(what: string, result: GitProcessResult): GitError;
  close(): Promise<void>;
}

export interface TransportCommand {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly maxOutput?: number;
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Settings for a push: curl counts the silence of a server that works on it (hooks) as a slow transfer, and would end a push
 * that the server goes on to take. The deadline of the call still ends it.
 */
export const pushSettings: readonly string[] = settingArguments(['http.lowSpeedLimit=0']);

/** What a transport is opened with. */
export interface TransportContext {
  readonly engine: EngineOptions;
  readonly version: () => Promise<GitVersion>;
}

/**
 * Prepares git for one remote: only its protocol is allowed, and its credential is in the environment of the child alone,
 * neither in an address, nor in an argument, nor in a file.
 */
export async function openTransport(
  remote: string,
  options: RemoteOptions,
  context: TransportContext,
): Promise<Transport> {
  const url = parseRemoteUrl(remote, { allowFile: true });
  const idleTimeoutMs = checkMilliseconds(
    'idleTimeoutMs',
    options.idleTimeoutMs ?? DEFAULT_IDLE_MS,
  );
  const web = url.protocol === 'https' || url.protocol === 'http';
  const withheld =
    url.protocol === 'http' && !isLoopbackHost(url.host) && options.allowInsecureHttp !== true;
  const credential = web && !withheld ? await lookUp(url, options) : undefined;
  options.signal?.throwIfAborted();
  const login = credential === undefined ? noLogin : await prepareLogin(url, credential, context);
  const seconds = wholeSeconds(idleTimeoutMs);
  const settings = settingArguments([
    ...hardenedSettings,
    `protocol.${url.protocol}.allow=always`,
    'http.lowSpeedLimit=1',
    `http.lowSpeedTime=${seconds}`,
  ]);
  const environment = hardenedEnvironment(context.engine.environment, {
    GIT_ALLOW_PROTOCOL: url.protocol,
    ...(url.protocol === 'ssh'
      ? {
          GIT_SSH_COMMAND: sshCommand(options.ssh, idleTimeoutMs),
          GIT_SSH_VARIANT: 'ssh',
          ...homeOfSsh(context.engine.environment),
        }
      : {}),
    ...login.environment,
  });
  return {
    url,
    name: url.protocol === 'file' ? url.path : `${hostWithPort(url)}/${url.path}`,
    environment,
    settings,
    run: (command) =>
      runGitProcess({
        args: [...settings, ...command.args],
        environment: { ...environment, ...command.environment },
        cwd: command.cwd,
        signal: options.signal,
        idleTimeoutMs,
        onProgress: options.onProgress,
        ...(command.input === undefined ? {} : { input: command.input }),
        ...(command.maxOutput === undefined ? {} : { maxOutput: command.maxOutput }),
      }),
    failure: (what, result) => {
      const error = gitFailure(what, result.stderr);
      if (error.code !== 'GIT_AUTHENTICATION_FAILED') return error;
      if (withheld && options.credentials !== undefined)
        return new GitError(
          'GIT_CREDENTIAL_NOT_SENT',
          `The server "${url.host}" wants a credential, which is not sent over plain HTTP.`,
          { cause: error, hint: 'Use the https address of this server.' },
        );
      // What git says of a refusal is that there is no terminal to ask at.
      if (!/could not read (?:username|password)/i.test(result.stderr)) return error;
      const why =
        credential === undefined
          ? 'wants a credential and none was given'
          : 'refused the credential';
      return new GitError(error.code, `The server of "${url.href}" ${why}.`, {
        details: error.details,
      });
    },
    close: login.close,
  };
}

/** The ssh of Git for Windows looks for its keys and known hosts in HOME; elsewhere ssh asks the system for the folder. */
function homeOfSsh(caller: EngineOptions['environment']): Record<string, string> {
  const home = caller['USERPROFILE'];
  return platform === 'win32' && home !== undefined ? { HOME: home } : {};
}

interface Login {
  readonly environment: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

const noLogin: Login = { environment: {}, close: () => Promise.resolve() };

function hostWithPort(url: RemoteUrl): string {
  return url.port === undefined ? url.host : `${url.host}:${url.port}`;
}

async function lookUp(url: RemoteUrl, options: RemoteOptions): Promise<GitCredential | undefined> {
  if (options.credentials === undefined || (url.protocol !== 'https' && url.protocol !== 'http'))
    return undefined;
  const found = await options.credentials({
    protocol: url.protocol,
    host: hostWithPort(url),
    path: url.path,
  });
  if (found !== undefined && /[\r\n\0]/.test(found.username + found.password.reveal())) {
    throw new GitError(
      'GIT_INVALID_ARGUMENT',
      `The credential for "${url.host}" contains a line end or NUL.`,
    );
  }
  return found;
}

/**
 * Hands the credential over. From Git 2.31 on as a header for this host alone, which saves the round trip of a refused first
 * request; before that, by a small askpass script that reads the environment.
 */
async function prepareLogin(
  url: RemoteUrl,
  credential: GitCredential,
  context: TransportContext,
): Promise<Login> {
  const origin = `${url.protocol}://${hostWithPort(url)}`;
  const password = credential.password.reveal();
  if (isAtLeast(await context.version(), { major: 2, minor: 31 })) {
    const pair = Buffer.from(`${credential.username}:${password}`, 'utf8').toString('base64');
    const key = `http.${origin}/.extraHeader`;
    return {
      environment: {
        GIT_CONFIG_COUNT: '2',
        // An empty value drops headers that the repository's own configuration may have for this host.
        GIT_CONFIG_KEY_0: key,
        GIT_CONFIG_VALUE_0: '',
        GIT_CONFIG_KEY_1: key,
        GIT_CONFIG_VALUE_1: `Authorization: Basic ${pair}`,
      },
      close: noLogin.close,
    };
  }
  const folder = await privateFolder(context.engine.temporaryDirectory);
  const script = join(folder.path, 'askpass');
  await writeFile(script, askpassScript, { mode: 0o700 });
  await chmod(script, 0o700);
  return {
    environment: {
      GIT_ASKPASS: script,
      BOWLINE_GIT_ORIGIN: origin,
      BOWLINE_GIT_USERNAME: credential.username,
      BOWLINE_GIT_PASSWORD: password,
    },
    close: folder.remove,
  };
}

/** Answers only to questions for the origin that the credential was looked up for. */
const askpassScript = `#!/bin/sh
scheme=\${BOWLINE_GIT_ORIGIN%%://*}
host=\${BOWLINE_GIT_ORIGIN#*://}
case "$1" in
  "Username for '$BOWLINE_GIT_ORIGIN': ") printf '%s\\n' "$BOWLINE_GIT_USERNAME" ;;
  "Password for '$scheme://"*"@$host': ") printf '%s\\n' "$BOWLINE_GIT_PASSWORD" ;;
  *) exit 1 ;;
esac
`;
