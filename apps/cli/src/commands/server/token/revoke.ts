import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../../base-command.ts';
import { CliError } from '../../../errors.ts';
import { tokenFileOf } from '../../../token-file.ts';

export default class ServerTokenRevoke extends BaseCommand {
  static override summary = 'Take a token of the HTTP API away.';
  static override description = 'A server that runs refuses it after a restart.';
  static override examples = ['<%= config.bin %> server token revoke ci'];
  static override args = {
    name: Args.string({ description: 'Name of the token.', required: true }),
  };
  static override flags = {
    file: Flags.string({
      description: 'File of the tokens. Default: server.tokensFile, ~/.gitops/server-tokens.json.',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ServerTokenRevoke);
    const session = this.session(flags);
    const path = await tokenFileOf(session, flags.file);
    const { updateTokenFile } = await import('@bowline/gitops-server');
    await updateTokenFile(path, (former) => {
      const left = former.filter(({ name }) => name !== args.name);
      if (left.length === former.length) {
        throw new CliError('CLI_USAGE', `There is no token named "${args.name}".`, {
          hint: '`gitops server token list` names them.',
        });
      }
      return left;
    });
    session.result(
      { success: true, name: args.name, file: path },
      (paint) => `${paint('green', '✔')} Revoked "${args.name}".`,
    );
    session.hint('Restart the server, so that it refuses the token.');
  }
}
