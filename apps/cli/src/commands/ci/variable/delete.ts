import { argument } from '../../../argument.ts';
import { CiCommand, repositoryArgument } from '../../../ci-command.ts';
import { variableFlags } from '../../../variable-flags.ts';

export default class CiVariableDelete extends CiCommand {
  static override summary = 'Delete a variable or secret of the CI of a repository.';
  static override description = 'One that is not there is a success.';
  static override examples = ['<%= config.bin %> ci variable delete shop REGION --org acme'];
  static override args = {
    REPO: repositoryArgument,
    NAME: argument({ required: true, description: 'Name of the variable.' }),
  };
  static override flags = { ...variableFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CiVariableDelete);
    const { session, repository, ci } = await this.openCi(args.REPO, flags);
    const { environment } = flags;
    const deleted = await ci.variables.delete(args.NAME, { environment, signal: session.signal });
    const { fullName } = repository;
    session.result({ success: true, repository: fullName, name: args.NAME, deleted }, (paint) =>
      deleted
        ? `${paint('green', '✔')} Deleted ${args.NAME} of "${fullName}".`
        : `"${fullName}" has no ${args.NAME}.`,
    );
  }
}
