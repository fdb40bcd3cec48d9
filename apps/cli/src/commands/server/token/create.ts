import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../../base-command.ts';
import { CliError } from '../../../errors.ts';
import { tokenFileOf } from '../../../token-file.ts';

const DAY_MS = 86_400_000;

export default class ServerTokenCreate extends BaseCommand {
  static override summary = 'Make a bearer token for the HTTP API, and show it once.';
  static override description =
    'The file holds a hash of it alone: who loses the token makes another one. The server reads the file when it starts.';
  static override examples = [
    '<%= config.bin %> server token create ci --scope write',
    '<%= config.bin %> server token create dashboard --expires-in-days 90 --json',
  ];
  static override args = {
    name: Args.string({
      description: 'What the token is called in logs and notifications.',
      required: true,
    }),
  };
  static override flags = {
    scope: Flags.option({
      options: ['read', 'write', 'admin'] as const,
      description: 'What it allows: to read, to run jobs, or everything.',
      default: 'read',
    })(),
    'expires-in-days': Flags.integer({
      description: 'Days until it is refused. Default: never.',
      min: 1,
      max: 3_650,
    }),
    file: Flags.string({
      description: 'File of the tokens. Default: server.tokensFile, ~/.gitops/server-tokens.json.',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ServerTokenCreate);
    const session = this.session(flags);
    const path = await tokenFileOf(session, flags.file);
    const { createToken, updateTokenFile } = await import('@bowline/gitops-server');
    const days = flags['expires-in-days'];
    const expires =
      days === undefined ? undefined : new Date(Date.now() + days * DAY_MS).toISOString();
    const { token, record } = createToken({ name: args.name, scope: flags.scope, expires });
    await updateTokenFile(path, (former) => {
      if (former.some(({ name }) => name === record.name)) {
        throw new CliError('CLI_USAGE', `There is a token named "${record.name}" already.`, {
          hint: `Revoke it first (gitops server token revoke ${record.name}), or choose another name.`,
        });
      }
      return [...former, record];
    });
    const { name, scope } = record;
    // The one place where the token itself is ever shown.
    const shown = token.reveal();
    const data = { success: true, name, scope, expires: expires ?? null, token: shown, file: path };
    session.result(data, () => shown);
    session.hint(
      `It is not shown again. "${name}" may ${scope}; a server that runs knows it after a restart.`,
    );
  }
}
