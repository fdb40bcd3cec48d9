import { argument } from '../argument.ts';
import { openForgeRepository } from '../forge.ts';
import { JobCommand } from '../job-command.ts';
import { branchText } from '../presenters/jobs.ts';
import { readRepositoryAddress } from '../repository-address.ts';

export default class CreateBranch extends JobCommand {
  static override summary = 'Create a branch at the tip of another one.';
  static override description =
    'A branch that exists already is a success: running it again is safe.';
  static override examples = [
    '<%= config.bin %> create-branch gitops-k8s staging release-2.1 --org acme',
    '<%= config.bin %> create-branch gitops-k8s prod hotfix --remote local --org ./repositories',
  ];
  static override args = {
    REPO: argument({
      required: true,
      description: 'Repository: NAME, ORG/NAME or a Git address.',
    }),
    SRC: argument({ required: true, description: 'Branch to start from.' }),
    DEST: argument({ required: true, description: 'Branch to create.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CreateBranch);
    await this.runJob(flags, {
      name: 'create-branch',
      subject: args.DEST,
      text: branchText,
      run: async ({ session, options, setRepository }) => {
        const address = await readRepositoryAddress(args.REPO, flags, await session.config());
        const { provider, repository } = await openForgeRepository(session, address);
        setRepository({ fullName: repository.fullName, provider: provider.kind });
        const { createBranch } = await import('@bowline/gitops-operations');
        return createBranch({ repository, source: args.SRC, destination: args.DEST }, options);
      },
    });
  }
}
