import { CiCommand, repositoryArgument } from '../../../ci-command.ts';
import { tableText } from '../../../presenters/table.ts';
import { variableFlags } from '../../../variable-flags.ts';

export default class CiVariableList extends CiCommand {
  static override summary = 'List the variables and secrets of the CI of a repository.';
  static override description = 'No forge shows the value of a secret again.';
  static override examples = [
    '<%= config.bin %> ci variable list shop --org acme',
    '<%= config.bin %> ci variable list acme/shop --environment Production --json',
  ];
  static override args = { REPO: repositoryArgument };
  static override flags = { ...variableFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CiVariableList);
    const { session, repository, ci } = await this.openCi(args.REPO, flags);
    const variables: { name: string; value: string | null; secret: boolean }[] = [];
    const options = { environment: flags.environment, signal: session.signal };
    for await (const { name, value, secret } of ci.variables.list(options))
      variables.push({ name, value: value ?? null, secret });
    const { fullName } = repository;
    session.result(
      { success: true, repository: fullName, count: variables.length, variables },
      (paint) =>
        variables.length === 0
          ? `No variables in "${fullName}".`
          : tableText(
              ['NAME', 'VALUE'],
              variables.map(({ name, value, secret }) => [name, secret ? '***' : (value ?? '')]),
              paint,
            ),
    );
  }
}
