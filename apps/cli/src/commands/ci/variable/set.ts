import { Secret } from '@bowline/gitops-errors';
import * as Flags from '@oclif/core/flags';
import { argument } from '../../../argument.ts';
import { CiCommand, repositoryArgument } from '../../../ci-command.ts';
import { readVariableValue } from '../../../read-variable-value.ts';
import { variableFlags } from '../../../variable-flags.ts';

export default class CiVariableSet extends CiCommand {
  static override summary = 'Set a variable or secret of the CI of a repository.';
  static override description =
    'The value is read from stdin, without the line end after it, or from an environment variable; never from the command line, which other ' +
    'programs of the machine can see. A former one of that name is replaced.';
  static override examples = [
    'printf %s "$TOKEN" | <%= config.bin %> ci variable set shop DEPLOY_TOKEN --secret --org acme',
    '<%= config.bin %> ci variable set acme/shop REGION --from-env REGION --environment Production',
  ];
  static override args = {
    REPO: repositoryArgument,
    NAME: argument({ required: true, description: 'Name of the variable.' }),
  };
  static override flags = {
    ...variableFlags,
    secret: Flags.boolean({ description: 'Hide the value for good.', default: false }),
    'from-env': Flags.string({
      description: 'Take the value from this environment variable.',
      helpValue: 'NAME',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CiVariableSet);
    const { session, repository, ci } = await this.openCi(args.REPO, flags);
    const value = await readVariableValue(session, flags['from-env']);
    await ci.variables.set(args.NAME, flags.secret ? new Secret(value) : value, {
      environment: flags.environment,
      signal: session.signal,
    });
    const data = {
      success: true,
      repository: repository.fullName,
      name: args.NAME,
      secret: flags.secret,
      environment: flags.environment ?? null,
    };
    const what = flags.secret ? 'secret' : 'variable';
    session.result(
      data,
      (paint) => `${paint('green', '✔')} Set the ${what} ${args.NAME} of "${repository.fullName}".`,
    );
  }
}
