import { argument } from '../argument.ts';
import { CliError } from '../errors.ts';
import { GitCommand } from '../git-command.ts';

export default class Add extends GitCommand {
  static override summary = 'Stage files for the next commit.';
  static override examples = [
    '<%= config.bin %> add shop/web.yaml',
    '<%= config.bin %> add . --cwd work/gitops',
  ];
  static override strict = false;
  static override args = {
    PATH: argument({ required: true, description: 'File or folder. There may be several.' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Add);
    const session = this.session(flags);
    const paths = argv.filter((path) => typeof path === 'string');
    if (paths.length === 0) throw new CliError('CLI_USAGE', 'Name at least one path.');
    const { repository } = await this.openRepository(session, flags.cwd);
    await repository.add(paths);
    const { files } = await repository.status();
    const staged = files.filter(
      (file) => file.staged !== 'unmodified' && file.staged !== 'untracked',
    );
    session.result({ success: true, staged }, () =>
      staged.length === 0
        ? 'Nothing to stage.'
        : staged.map(({ path, staged: state }) => `${state}: ${path}`).join('\n'),
    );
  }
}
