import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../base-command.ts';
import { serverLogText } from '../presenters/server-log.ts';

export default class Server extends BaseCommand {
  static override summary = 'Serve the jobs over HTTP, with documentation at /docs.';
  static override description =
    'Runs until it is interrupted; requests that run are finished then. Without tokens it listens on this machine alone. ' +
    'The log goes to stderr; with --json each line is one JSON object.';
  static override examples = [
    '<%= config.bin %> server',
    '<%= config.bin %> server --port 9000 --json',
    '<%= config.bin %> server --host 0.0.0.0',
  ];
  static override flags = {
    host: Flags.string({
      description: 'Address to listen on. Default: SERVER_HOST, 127.0.0.1.',
    }),
    port: Flags.integer({
      description: 'Port to listen on; 0 lets the system choose. Default: SERVER_PORT, 8080.',
      min: 0,
      max: 65_535,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Server);
    const { host, port } = flags;
    const session = this.session(flags, {
      server: {
        ...(host === undefined ? {} : { host }),
        ...(port === undefined ? {} : { port }),
      },
    });
    const { stderr } = session.terminal;
    const loaded = await session.loadedConfig();
    const { startServer } = await import('@bowline/gitops-server');
    const server = await startServer({
      version: this.config.version,
      loaded,
      environment: session.environment,
      workingDirectory: session.workingDirectory,
      log: { write: (line) => void stderr.write(session.json ? line : serverLogText(line)) },
    });
    session.hint(`Documentation: ${server.url}/docs`);
    if (!session.signal.aborted) {
      await new Promise((stop) => session.signal.addEventListener('abort', stop, { once: true }));
    }
    await server.close();
  }
}
