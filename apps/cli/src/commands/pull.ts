import * as Flags from '@oclif/core/flags';
import { argument } from '../argument.ts';
import { findAuthor } from '../author.ts';
import { connectionOptions } from '../git-access.ts';
import { GitCommand, withProgress } from '../git-command.ts';
import { updatedRefData, updatedRefText } from '../presenters/updated-ref.ts';

export default class Pull extends GitCommand {
  static override summary = 'Fetch a branch and bring the current one up to date.';
  static override description =
    'Fast-forward only: branches that have diverged are refused unless --merge is given.';
  static override examples = [
    '<%= config.bin %> pull',
    '<%= config.bin %> pull main --merge --cwd work/gitops',
  ];
  static override args = {
    BRANCH: argument({ description: 'Branch of the remote. Default: the current one.' }),
  };
  static override flags = {
    merge: Flags.boolean({ description: 'Merge when the branches have diverged.', default: false }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Pull);
    const session = this.session(flags);
    const { repository, directory } = await this.openRepository(session, flags.cwd);
    const connection = await connectionOptions(session);
    const author = flags.merge ? await findAuthor(session, directory) : undefined;
    const updated = await withProgress(session, 'Pulling', (onProgress) =>
      repository.pull({
        ...connection,
        onProgress,
        branch: args.BRANCH,
        strategy: flags.merge ? 'merge' : 'fast-forward',
        author,
      }),
    );
    const data = updatedRefData(updated);
    session.result({ success: true, ...data }, (paint) => updatedRefText(data, paint));
  }
}
