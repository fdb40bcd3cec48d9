import { GitCommand } from '../git-command.ts';
import { type Paint, printable } from '../terminal.ts';

export default class Status extends GitCommand {
  static override summary = 'Show the branch and the changed files.';
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status --json --cwd work/gitops',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    const session = this.session(flags);
    const { repository } = await this.openRepository(session, flags.cwd);
    const status = await repository.status();
    const data = {
      success: true,
      branch: status.branch ?? null,
      commit: status.head ?? null,
      upstream: status.upstream ?? null,
      ahead: status.ahead ?? null,
      behind: status.behind ?? null,
      clean: status.files.length === 0,
      files: status.files,
    };
    session.result(data, (paint) => statusText(data, paint));
  }
}

interface StatusData {
  readonly branch: string | null;
  readonly commit: string | null;
  readonly upstream: string | null;
  readonly ahead: number | null;
  readonly behind: number | null;
  readonly files: readonly {
    readonly path: string;
    readonly staged: string;
    readonly unstaged: string;
  }[];
}

function statusText(status: StatusData, paint: Paint): string {
  const { branch, commit, upstream, ahead, behind, files } = status;
  const where =
    branch === null
      ? `detached at ${commit?.slice(0, 12) ?? '(no commit)'}`
      : `On branch ${printable(branch)}`;
  const against =
    upstream === null
      ? ''
      : `, ${ahead ?? 0} ahead of and ${behind ?? 0} behind ${printable(upstream)}`;
  const lines = files.map(({ path, staged, unstaged }) => {
    const parts = [
      ...(staged === 'unmodified' || staged === 'untracked'
        ? []
        : [paint('green', `staged ${staged}`)]),
      ...(unstaged === 'unmodified' ? [] : [paint('red', unstaged)]),
    ];
    return `  ${printable(path)}: ${parts.join(', ')}`;
  });
  return [`${where}${against}`, ...(lines.length === 0 ? ['Nothing changed.'] : lines)].join('\n');
}
