import * as Flags from '@oclif/core/flags';
import { connectionOptions } from '../git-access.ts';
import { GitCommand, withProgress } from '../git-command.ts';
import { updatedRefData, updatedRefText } from '../presenters/updated-ref.ts';

export default class Fetch extends GitCommand {
  static override summary = 'Fetch the branches of the remote.';
  static override examples = ['<%= config.bin %> fetch', '<%= config.bin %> fetch --prune --tags'];
  static override flags = {
    prune: Flags.boolean({
      description: 'Forget branches that the remote has no longer.',
      default: false,
    }),
    tags: Flags.boolean({ description: 'Fetch all tags.', default: false }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Fetch);
    const session = this.session(flags);
    const { repository } = await this.openRepository(session, flags.cwd);
    const connection = await connectionOptions(session);
    const updated = await withProgress(session, 'Fetching', (onProgress) =>
      repository.fetch({ ...connection, onProgress, prune: flags.prune, tags: flags.tags }),
    );
    const updates = updated.map(updatedRefData);
    session.result({ success: true, updated: updates }, (paint) =>
      updates.length === 0
        ? 'Nothing new.'
        : updates.map((each) => updatedRefText(each, paint)).join('\n'),
    );
  }
}
