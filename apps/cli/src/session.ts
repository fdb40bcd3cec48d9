import { homedir } from 'node:os';
import type { Config, ConfigInput, LoadedConfig } from '@bowline/gitops-config';
import type { Person } from './author.ts';
import { CliError } from './errors.ts';
import { currentSignal } from './interrupt.ts';
import { openTerminal, type Paint, painter, printable, type Terminal } from './terminal.ts';

/** The flags that every command has. */
export interface GlobalFlags {
  readonly json?: boolean | undefined;
  readonly 'no-color': boolean;
  readonly config?: string | undefined;
}

/**
 * What one run of a command works with: the process, read in one place, and the configuration, loaded when it is first asked
 * for. Packages get what they need from here; none of them looks at the process.
 */
export class Session {
  readonly environment: Readonly<Record<string, string | undefined>> = process.env;
  readonly workingDirectory = currentFolder();
  readonly homeDirectory = homedir();
  readonly terminal: Terminal;
  readonly signal = currentSignal();
  readonly json: boolean;
  readonly #configFile: string | undefined;
  readonly #explicit: ConfigInput | undefined;
  #author: Promise<Person | undefined> | undefined;
  #loaded: Promise<LoadedConfig> | undefined;

  /** @param explicit Settings that flags of the command have given. */
  constructor(flags: GlobalFlags, explicit?: ConfigInput) {
    this.#explicit = explicit;
    this.json = flags.json ?? false;
    this.#configFile = flags.config;
    this.terminal = openTerminal({ noColor: flags['no-color'], environment: this.environment });
  }

  /** The painter of stdout. */
  get paint(): Paint {
    const { stdout, color } = this.terminal;
    return painter(color.stdout, { terminal: stdout.isTTY === true });
  }

  /** Returns the configuration; see {@link loadedConfig}. */
  async config(): Promise<Config> {
    return (await this.loadedConfig()).config;
  }

  /** Loads the configuration with the source of each value, once; warnings go to stderr. */
  loadedConfig(): Promise<LoadedConfig> {
    this.#loaded ??= this.#loadAndWarn({ createEnvFile: false });
    return this.#loaded;
  }

  /** Finds the person at work here, once; `undefined` when nothing names one. */
  author(): Promise<Person | undefined> {
    this.#author ??= import('./author.ts').then(({ findAuthor }) => findAuthor(this));
    return this.#author;
  }

  /** Makes sure that there is a file for credentials: the commented `~/.gitops/.env`, unless an older one is in use. */
  async ensureEnvFile(): Promise<void> {
    if (this.#loaded !== undefined) {
      await this.#load({ createEnvFile: true });
      return;
    }
    this.#loaded = this.#loadAndWarn({ createEnvFile: true });
    await this.#loaded;
  }

  async #loadAndWarn(options: { readonly createEnvFile: boolean }): Promise<LoadedConfig> {
    const loaded = await this.#load(options);
    if (loaded.warnings.length === 0) return loaded;
    const { formatIssue } = await import('@bowline/gitops-config');
    for (const warning of loaded.warnings) this.warn(formatIssue(warning));
    return loaded;
  }

  async #load({ createEnvFile }: { readonly createEnvFile: boolean }): Promise<LoadedConfig> {
    const { loadConfig } = await import('@bowline/gitops-config');
    return loadConfig({
      createEnvFile,
      environment: this.environment,
      homeDirectory: this.homeDirectory,
      workingDirectory: this.workingDirectory,
      explicit: this.#explicit,
      ...(this.#configFile === undefined ? {} : { configFile: this.#configFile }),
    });
  }

  /** Writes the result: one JSON value with `--json`, else text. Nothing else is ever written to stdout. */
  result(data: unknown, text: (paint: Paint) => string): void {
    const output = this.json ? JSON.stringify(data, undefined, 2) : text(this.paint);
    this.terminal.stdout.write(output === '' || output.endsWith('\n') ? output : `${output}\n`);
  }

  warn(message: string): void {
    const paint = painter(this.terminal.color.stderr);
    this.terminal.stderr.write(`${paint('yellow', 'Warning:')} ${printable(message)}\n`);
  }

  /** Says what to do next, to a person at a terminal only. */
  hint(message: string): void {
    if (this.json || this.terminal.stderr.isTTY !== true) return;
    this.terminal.stderr.write(`${painter(this.terminal.color.stderr)('dim', message)}\n`);
  }
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new CliError('CLI_FILE', 'The current folder does not exist any more.', {
      cause,
      hint: 'Change to a folder that exists.',
    });
  }
}
