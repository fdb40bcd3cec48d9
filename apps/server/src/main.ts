import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { parseArgs } from 'node:util';
import { formatIssue, loadConfig } from '@bowline/gitops-config';
import { redact, serializeError } from '@bowline/gitops-errors';
import { startServer } from './start-server.ts';

const usage = `Usage: gitops-server [--host HOST] [--port PORT] [--config FILE]

Serves the GitOps jobs over HTTP. Settings come from the environment, gitops.yaml and ~/.gitops/.env; the options come first.
`;

await main();

async function main(): Promise<void> {
  try {
    const { values } = parseArgs({
      options: {
        host: { type: 'string' },
        port: { type: 'string' },
        config: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    });
    const version = await ownVersion();
    if (values.help === true) process.stdout.write(usage);
    else if (values.version === true) process.stdout.write(`gitops-server/${version}\n`);
    else await serve(version, values);
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): void {
  const { code, message, hint } = serializeError(error);
  process.stderr.write(`Error: ${message} (${code})\n${hint === undefined ? '' : `${hint}\n`}`);
  process.exitCode = 1;
}

async function serve(
  version: string,
  flags: { readonly host?: string; readonly port?: string; readonly config?: string },
): Promise<void> {
  const workingDirectory = process.cwd();
  const write = (line: string) => void process.stderr.write(line);
  const environment = process.env;
  const { host, port } = flags;
  const settings = {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
  const loaded = await loadConfig({
    environment,
    homeDirectory: homedir(),
    workingDirectory,
    createEnvFile: false,
    explicit: { server: settings },
    ...(flags.config === undefined ? {} : { configFile: flags.config }),
  });
  for (const warning of loaded.warnings) write(`Warning: ${redact(formatIssue(warning))}\n`);
  const server = await startServer({
    version,
    loaded,
    environment,
    workingDirectory,
    log: { write },
  });
  const stop = () => {
    // The next signal, of either kind, ends the process at once.
    process.off('SIGINT', stop).off('SIGTERM', stop);
    server.close().catch(fail);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
}

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
