import { resolve } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { argument } from '../argument.ts';
import { BaseCommand } from '../base-command.ts';
import { connectionOptions, openGitFor, remoteOf } from '../git-access.ts';
import { withProgress } from '../git-command.ts';
import { readRepositoryAddress } from '../repository-address.ts';
import { repositoryFlags } from '../repository-flags.ts';

export default class Clone extends BaseCommand {
  static override summary = 'Clone a repository: one branch, unless told otherwise.';
  static override description =
    'The credential of the host is used and never written into the clone.';
  static override examples = [
    '<%= config.bin %> clone gitops-k8s staging --org acme',
    '<%= config.bin %> clone acme/gitops-k8s --remote github.com --full -d work/gitops',
    '<%= config.bin %> clone git@bitbucket.org:acme/gitops-k8s.git --depth 1',
  ];
  static override args = {
    REPO: argument({
      required: true,
      description: 'Repository: NAME, ORG/NAME or a Git address.',
    }),
    BRANCH: argument({ description: 'Branch or tag. Default: the default branch.' }),
  };
  static override flags = {
    ...repositoryFlags,
    destination: Flags.string({
      char: 'd',
      description: 'Folder to clone into. Default: the name of the repository.',
      helpValue: 'DIR',
    }),
    full: Flags.boolean({ description: 'Fetch all branches.', default: false }),
    depth: Flags.integer({ description: 'Fetch this many commits only.', min: 1 }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Clone);
    const session = this.session(flags);
    const config = await session.config();
    const address = await readRepositoryAddress(args.REPO, flags, config);
    const name =
      address.repository
        .split('/')
        .at(-1)
        ?.replace(/\.git$/, '') ?? '';
    const directory = resolve(session.workingDirectory, flags.destination ?? name);
    const [git, remote, connection] = await Promise.all([
      openGitFor(session, address),
      remoteOf(session, address, config),
      connectionOptions(session),
    ]);
    const repository = await withProgress(session, `Cloning ${address.repository}`, (onProgress) =>
      git.clone(remote, directory, {
        ...connection,
        onProgress,
        ref: args.BRANCH,
        singleBranch: !flags.full,
        depth: flags.depth,
      }),
    );
    const head = await repository.resolve('HEAD');
    session.result(
      {
        success: true,
        repository: address.repository,
        directory,
        branch: args.BRANCH ?? null,
        commit: head ?? null,
      },
      (paint) => `${paint('green', '✔')} Cloned ${address.repository} into ${directory}`,
    );
  }
}
