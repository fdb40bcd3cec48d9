import { dirname, resolve } from 'node:path';
import { defaultTokensFile } from './default-tokens-file.ts';
import { jobTokenLayer } from './environment-credentials.ts';
import { environmentLayer } from './environment-layer.ts';
import { ConfigError } from './errors.ts';
import { findConfigFile } from './find-config-file.ts';
import { type ConfigIssue, type Findings, issuesError } from './issue.ts';
import { kindByName } from './known-hosts.ts';
import { kindInLayers, type Layer } from './layer.ts';
import { netrcLayer } from './netrc-layer.ts';
import { readEnvFile } from './read-env-file.ts';
import { isForeign, readTextFile } from './read-text-file.ts';
import { resolveConfig } from './resolve-config.ts';
import type { Config, ConfigInput } from './types.ts';
import { environmentLookup, firstOf, type Lookup } from './variables.ts';

/** What {@link loadConfig} reads from. The program hands in its surroundings. */
export interface LoadConfigOptions {
  /** Usually `process.env`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute path. Holds `.gitops/.env` and `.netrc`. */
  readonly homeDirectory: string;
  /** Absolute path. The search for gitops.yaml begins here. */
  readonly workingDirectory: string;
  /** Stronger than everything else, such as the flags of a command. */
  readonly explicit?: ConfigInput | undefined;
  /** Path of the gitops.yaml to use, instead of a search. @default the variable GITOPS_CONFIG */
  readonly configFile?: string | undefined;
  /** Creates a commented `~/.gitops/.env` where there is none. @default false */
  readonly createEnvFile?: boolean | undefined;
}

/** A configuration, what is doubtful about it, and where each value comes from. */
export interface LoadedConfig {
  readonly config: Config;
  /** What does not stop the work, such as a credential that cannot be used. */
  readonly warnings: readonly ConfigIssue[];
  /** By dotted path, such as `server.port`: `default`, `option`, `environment NAME` or `FILE:LINE`. */
  readonly sources: ReadonlyMap<string, string>;
  /** The gitops.yaml and .env that were read, in the order of their strength. */
  readonly files: readonly string[];
}

/**
 * Reads settings and credentials from all their sources and joins them into one checked configuration.
 *
 * The strongest first: `explicit`, the environment, gitops.yaml, `~/.gitops/.env` (or `~/.ngen-gitops/.env` where the former
 * is absent), `~/.netrc`, defaults. A credential that cannot be used (an app password, a variable that is not set) is a warning here
 * and an error where it is asked for, so that commands that need another host go on working.
 *
 * @throws {@link ConfigError} with every issue in `details.issues`: `CONFIG_INVALID` when there are several, else the code of
 * the one. `CONFIG_NOT_FOUND` when `configFile` is absent, `CONFIG_FILE_UNSAFE` when a file is no regular file or too large.
 *
 * @example
 * ```ts
 * import { homedir } from 'node:os';
 * import process from 'node:process';
 * import { hostConfig, loadConfig, restAuth } from '@bowline/gitops-config';
 *
 * const { config, warnings } = await loadConfig({
 *   environment: process.env,
 *   homeDirectory: homedir(),
 *   workingDirectory: process.cwd(),
 * });
 * const host = hostConfig(config, config.defaults.remote);
 * const auth = host === undefined ? undefined : restAuth(host);
 * console.log(config.defaults.remote, auth?.type, warnings.length);
 * ```
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const findings: Findings = { issues: [], warnings: [] };
  const environment = environmentLookup(options.environment);
  const [envFile, project] = await Promise.all([
    readEnvFile(options.homeDirectory, options.createEnvFile === true, findings),
    readProject(options, environment, findings),
  ]);
  const stored = envFile?.lookup ?? (() => undefined);
  const all = firstOf(environment, stored);
  const {
    explicit,
    project: file,
    claimed,
  } = await inputLayers(options, project, { all, findings });
  const inputs = [explicit, file].filter((layer) => layer !== undefined);
  const hosts = inputs.flatMap((layer) => [...layer.hosts.keys()]);
  const { homeDirectory } = options;
  const target = {
    hosts,
    claimed,
    findings,
    places: { homeDirectory, folder: options.workingDirectory },
  };
  const [fromEnvironment, fromEnvFile, tokensFile] = await Promise.all([
    environmentLayer({ own: environment, visible: all, all }, target),
    envFile && environmentLayer({ own: stored, visible: stored, all }, target),
    defaultTokensFile(homeDirectory),
  ]);
  const job = jobTokenLayer(environment);
  const stronger = [explicit, fromEnvironment, file, fromEnvFile, job].filter(
    (layer) => layer !== undefined,
  );
  const netrc = await netrcLayer(homeDirectory, {
    kindOf: (host) => kindByName(host) ?? kindInLayers(stronger, host),
    lookup: all,
    findings,
  });
  const layers = [...stronger.filter((layer) => layer !== job), netrc, job];
  const { config, sources } = resolveConfig(layers, { findings, tokensFile });
  if (findings.issues.length > 0) throw issuesError(findings.issues);
  return {
    config,
    warnings: findings.warnings,
    sources,
    files: [project?.path, envFile?.path].filter((path) => path !== undefined),
  };
}

interface Project {
  readonly path: string;
  readonly text: string;
  readonly trusted: boolean;
}

async function readProject(
  options: LoadConfigOptions,
  environment: Lookup,
  findings: Findings,
): Promise<Project | undefined> {
  const named = options.configFile ?? environment('GITOPS_CONFIG')?.value;
  const path =
    named === undefined
      ? await findConfigFile(options.workingDirectory)
      : resolve(options.workingDirectory, named);
  if (path === undefined) return undefined;
  const file = await readTextFile(path);
  if (file !== undefined && named === undefined && isForeign(file)) {
    findings.warnings.push({
      code: 'CONFIG_FILE_UNSAFE',
      message: 'belongs to another user of this machine and is not read',
      file: path,
      hint: 'Name the file with --config or GITOPS_CONFIG to use it all the same.',
    });
    return undefined;
  }
  if (file !== undefined) return { path, text: file.text, trusted: named !== undefined };
  throw new ConfigError('CONFIG_NOT_FOUND', `there is no configuration file "${path}"`);
}

interface InputLayers {
  readonly explicit?: Layer;
  readonly project?: Layer;
  readonly claimed: ReadonlySet<string>;
}

async function inputLayers(
  options: LoadConfigOptions,
  project: Project | undefined,
  to: { readonly all: Lookup; readonly findings: Findings },
): Promise<InputLayers> {
  const { explicit } = options;
  const claimed = new Set<string>();
  if (explicit === undefined && project === undefined) return { claimed };
  const [{ parseConfig, checkInput }, { fileLayer }, { claimedVariables }] = await Promise.all([
    import('./parse-config.ts'),
    import('./file-layer.ts'),
    import('./claimed-variables.ts'),
  ]);
  const layers: { explicit?: Layer; project?: Layer } = {};
  const claim = (config: ConfigInput = {}) => {
    for (const name of claimedVariables(config)) claimed.add(name);
  };
  const places = { lookup: to.all, homeDirectory: options.homeDirectory };
  if (explicit !== undefined) {
    const { config, issues, locate } = await checkInput(explicit);
    to.findings.issues.push(...issues);
    claim(config);
    const origin = {
      name: 'option',
      locate,
      places: { ...places, folder: options.workingDirectory, trusted: true },
    };
    layers.explicit = await fileLayer(config ?? {}, origin, to.findings);
  }
  if (project !== undefined) {
    const { trusted, path } = project;
    const { config, issues, warnings, locate } = await parseConfig(project.text, { path, trusted });
    to.findings.issues.push(...issues);
    to.findings.warnings.push(...warnings);
    claim(config);
    const origin = { name: path, locate, places: { ...places, folder: dirname(path), trusted } };
    layers.project = await fileLayer(config ?? {}, origin, to.findings);
  }
  return { ...layers, claimed };
}
