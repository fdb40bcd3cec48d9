import * as Flags from '@oclif/core/flags';
import { argument } from '../argument.ts';
import { connectionOptions } from '../git-access.ts';
import { GitCommand, withProgress } from '../git-command.ts';
import { updatedRefData, updatedRefText } from '../presenters/updated-ref.ts';

export default class Push extends GitCommand {
  static override summary = 'Push a branch.';
  static override description =
    'Never overwrites commits of others: --force replaces the remote branch only if it still is what was fetched last.';
  static override examples = [
    '<%= config.bin %> push',
    '<%= config.bin %> push release-2.1 --force',
  ];
  static override args = {
    BRANCH: argument({ description: 'Branch. Default: the current one.' }),
  };
  static override flags = {
    force: Flags.boolean({ char: 'f', description: 'Overwrite, with a lease.', default: false }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Push);
    const session = this.session(flags);
    const { repository } = await this.openRepository(session, flags.cwd);
    const connection = await connectionOptions(session);
    const updated = await withProgress(session, 'Pushing', (onProgress) =>
      repository.push({ ...connection, onProgress, branch: args.BRANCH, force: flags.force }),
    );
    const data = updatedRefData(updated);
    session.result({ success: true, ...data }, (paint) => updatedRefText(data, paint));
  }
}
