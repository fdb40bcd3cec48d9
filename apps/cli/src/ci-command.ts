import type { Ci, ProviderRepository } from '@bowline/gitops-providers';
import { argument } from './argument.ts';
import { BaseCommand } from './base-command.ts';
import { openForgeRepository } from './forge.ts';
import { readRepositoryAddress } from './repository-address.ts';
import { repositoryFlags } from './repository-flags.ts';
import type { GlobalFlags, Session } from './session.ts';

/** The repository of every command of the CI. */
export const repositoryArgument = argument({
  required: true,
  description: 'Repository: NAME, ORG/NAME or a Git address.',
});

/** A run, as arguments name one. */
export const runArgument = argument({
  required: true,
  description:
    'Number or id of the run, or latest. Where a number is also the id of another run: id:ID.',
});

/** What a command of the CI works with. */
export interface OpenCi {
  readonly session: Session;
  readonly repository: ProviderRepository;
  readonly ci: Ci;
}

/** The base of the commands that work with the CI of a forge. */
export abstract class CiCommand extends BaseCommand {
  static override baseFlags = { ...BaseCommand.baseFlags, ...repositoryFlags };

  /** Opens the CI of a repository. @throws OperationError `OPERATION_NOT_SUPPORTED` */
  protected async openCi(
    repo: string,
    flags: GlobalFlags & {
      readonly org?: string | undefined;
      readonly remote?: string | undefined;
    },
  ): Promise<OpenCi> {
    const session = this.session(flags);
    const address = await readRepositoryAddress(repo, flags, await session.config());
    const { repository } = await openForgeRepository(session, address);
    const { requireCi } = await import('@bowline/gitops-operations');
    return { session, repository, ci: requireCi(repository) };
  }
}
