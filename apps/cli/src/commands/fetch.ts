import * as Flags from '@oclif/core/flags';
import { connectionOptions } from '../git-access.ts';
import { GitCommand, withProgress } from '../git-command.ts';

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
    const updates = updated.map(({ branch, before, after }) => ({
      branch,
      before: before ?? null,
      after,
    }));
    session.result({ success: true, updated: updates }, () =>
      updates.length === 0
        ? 'Nothing new.'
        : updates
            .map(
              ({ branch, before, after }) =>
                `${branch}: ${before?.slice(0, 12) ?? 'new'} → ${after.slice(0, 12)}`,
            )
            .join('\n'),
    );
  }
}
