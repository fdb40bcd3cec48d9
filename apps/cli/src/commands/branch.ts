import * as Flags from '@oclif/core/flags';
import { argument } from '../argument.ts';
import { CliError } from '../errors.ts';
import { GitCommand } from '../git-command.ts';

export default class Branch extends GitCommand {
  static override summary = 'List, create or delete local branches.';
  static override examples = [
    '<%= config.bin %> branch',
    '<%= config.bin %> branch hotfix prod',
    '<%= config.bin %> branch --delete hotfix',
  ];
  static override args = {
    NAME: argument({ description: 'Branch to create, or to delete.' }),
    START: argument({ description: 'Where it starts. Default: HEAD.' }),
  };
  static override flags = {
    // Without defaults: `dependsOn` takes a flag that has one for given.
    delete: Flags.boolean({ char: 'd', description: 'Delete the branch.' }),
    force: Flags.boolean({
      char: 'f',
      description: 'Delete it also when it is not merged.',
      dependsOn: ['delete'],
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Branch);
    const session = this.session(flags);
    if (flags.delete && args.NAME === undefined)
      throw new CliError('CLI_USAGE', 'Name the branch to delete.');
    const { repository } = await this.openRepository(session, flags.cwd);
    if (args.NAME === undefined) {
      const branches = await repository.branches();
      session.result({ success: true, branches }, (paint) =>
        branches
          .map(
            ({ name, sha, current }) =>
              `${current ? paint('green', `* ${name}`) : `  ${name}`} ${paint('yellow', sha.slice(0, 12))}`,
          )
          .join('\n'),
      );
      return;
    }
    if (flags.delete) {
      await repository.deleteBranch(args.NAME, { force: flags.force });
      session.result(
        { success: true, branch: args.NAME, deleted: true },
        () => `Deleted branch ${args.NAME}.`,
      );
      return;
    }
    const made = await repository.createBranch(args.NAME, { start: args.START });
    session.result(
      { success: true, branch: made.name, commit: made.sha, created: true },
      () => `Created branch ${made.name} at ${made.sha.slice(0, 12)}.`,
    );
  }
}
