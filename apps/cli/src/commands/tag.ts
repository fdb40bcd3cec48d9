import * as Flags from '@oclif/core/flags';
import { argument } from '../argument.ts';
import { openForgeRepository } from '../forge.ts';
import { JobCommand } from '../job-command.ts';
import { tagText } from '../presenters/jobs.ts';
import { readRepositoryAddress } from '../repository-address.ts';

export default class Tag extends JobCommand {
  static override summary = 'Tag a commit of a branch.';
  static override description =
    'A tag that is on that commit already is a success; one on another commit is an error: released tags do not move.';
  static override examples = [
    '<%= config.bin %> tag shop main HEAD v2.1.0 --org acme',
    '<%= config.bin %> tag shop main 9fceb02 v2.1.0 --message "Release 2.1.0"',
  ];
  static override args = {
    REPO: argument({
      required: true,
      description: 'Repository: NAME, ORG/NAME or a Git address.',
    }),
    BRANCH: argument({ required: true, description: 'Branch that the commit is part of.' }),
    COMMIT: argument({
      required: true,
      description: 'Commit id (7 digits or more), or HEAD for the tip.',
    }),
    NAME: argument({ required: true, description: 'Name of the tag.' }),
  };
  static override flags = {
    message: Flags.string({ char: 'm', description: 'Make an annotated tag with this message.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Tag);
    await this.runJob(flags, {
      name: 'tag',
      subject: args.NAME,
      text: tagText,
      run: async ({ session, options, setRepository }) => {
        const address = await readRepositoryAddress(args.REPO, flags, await session.config());
        const { provider, repository } = await openForgeRepository(session, address);
        setRepository({ fullName: repository.fullName, provider: provider.kind });
        const { createTag } = await import('@bowline/gitops-operations');
        return createTag(
          {
            repository,
            branch: args.BRANCH,
            commit: args.COMMIT,
            name: args.NAME,
            message: flags.message,
          },
          options,
        );
      },
    });
  }
}
