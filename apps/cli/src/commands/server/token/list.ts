import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../../base-command.ts';
import { tableText } from '../../../presenters/table.ts';
import { tokenFileOf } from '../../../token-file.ts';

export default class ServerTokenList extends BaseCommand {
  static override summary = 'List the tokens of the HTTP API by name.';
  static override examples = ['<%= config.bin %> server token list'];
  static override flags = {
    file: Flags.string({
      description: 'File of the tokens. Default: server.tokensFile, ~/.gitops/server-tokens.json.',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ServerTokenList);
    const session = this.session(flags);
    const path = await tokenFileOf(session, flags.file);
    const { readTokenFile } = await import('@bowline/gitops-server');
    const { existsSync } = await import('node:fs');
    const records = existsSync(path) ? await readTokenFile(path) : [];
    const tokens = records.map(({ name, scope, expires }) => ({
      name,
      scope,
      expires: expires ?? null,
      expired: expires !== undefined && Date.parse(expires) <= Date.now(),
    }));
    session.result({ success: true, file: path, tokens }, (paint) =>
      tokens.length === 0
        ? 'There is no token: the server listens on this machine alone.'
        : tableText(
            ['NAME', 'SCOPE', 'EXPIRES'],
            tokens.map(({ name, scope, expires, expired }) => [
              name,
              scope,
              `${expires ?? 'never'}${expired ? ' (expired)' : ''}`,
            ]),
            paint,
          ),
    );
  }
}
