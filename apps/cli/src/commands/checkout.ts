import * as Flags from '@oclif/core/flags';
import { argument } from '../argument.ts';
import { GitCommand } from '../git-command.ts';

export default class Checkout extends GitCommand {
  static override summary = 'Switch to a branch, tag or commit.';
  static override description = 'Refuses to overwrite uncommitted changes.';
  static override examples = [
    '<%= config.bin %> checkout staging',
    '<%= config.bin %> checkout hotfix --create',
  ];
  static override args = {
    REF: argument({ required: true, description: 'Branch, tag or commit.' }),
  };
  static override flags = {
    create: Flags.boolean({ char: 'b', description: 'Create the branch first.', default: false }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Checkout);
    const session = this.session(flags);
    const { repository } = await this.openRepository(session, flags.cwd);
    await repository.checkout(args.REF, { create: flags.create });
    const commit = await repository.resolve('HEAD');
    session.result(
      { success: true, ref: args.REF, commit: commit ?? null, created: flags.create },
      () => `Now at ${args.REF} (${commit?.slice(0, 12) ?? 'no commit'}).`,
    );
  }
}
