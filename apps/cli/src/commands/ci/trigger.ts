import { Secret } from '@bowline/gitops-errors';
import * as Flags from '@oclif/core/flags';
import { CiCommand, repositoryArgument } from '../../ci-command.ts';
import { CliError } from '../../errors.ts';
import { runData, runText } from '../../presenters/runs.ts';
import type { Session } from '../../session.ts';
import { showRun } from '../../show-run.ts';

export default class CiTrigger extends CiCommand {
  static override summary = 'Start a run of the CI of a repository.';
  static override description =
    'Started once, also when the answer of the forge is lost. With --follow the logs are shown until the run is completed, and a run that does not ' +
    'succeed ends with exit code 1. The value of a secret is read from the environment, never from the command line.';
  static override examples = [
    '<%= config.bin %> ci trigger shop --org acme --branch main --workflow deploy.yml --follow',
    'DEPLOY_KEY=… <%= config.bin %> ci trigger acme/shop --variable VERSION=2.1.0 --secret DEPLOY_KEY --json',
  ];
  static override args = { REPO: repositoryArgument };
  static override flags = {
    branch: Flags.string({ description: 'Branch to run on. Default: the default branch.' }),
    workflow: Flags.string({
      description:
        'File of the workflow (GitHub, Gitea), or name of the custom pipeline (Bitbucket). GitLab has none.',
    }),
    variable: Flags.string({
      description: 'Variable of this run, as NAME=VALUE. There may be several.',
      multiple: true,
      helpValue: 'NAME=VALUE',
    }),
    secret: Flags.string({
      description:
        'Secret variable of this run: the name of an environment variable that has the value.',
      multiple: true,
      helpValue: 'NAME',
    }),
    follow: Flags.boolean({
      char: 'f',
      description: 'Show the logs until the run is completed.',
      default: false,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CiTrigger);
    const { session, repository, ci } = await this.openCi(args.REPO, flags);
    const { signal } = session;
    const branch = flags.branch ?? (await repository.get({ signal }))?.defaultBranch;
    if (branch === undefined)
      throw new CliError(
        'CLI_USAGE',
        `Repository "${repository.fullName}" has no default branch.`,
        {
          hint: 'Name a branch with --branch.',
        },
      );
    const variables = { ...plain(flags.variable ?? []), ...secrets(flags.secret ?? [], session) };
    const run = await ci.trigger({ branch, workflow: flags.workflow, variables }, { signal });
    if (flags.follow) {
      await showRun({ session, repository }, run, { follow: true });
      return;
    }
    session.result({ success: true, repository: repository.fullName, run: runData(run) }, (paint) =>
      runText(run, paint),
    );
  }
}

function plain(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const end = text.indexOf('=');
      if (end < 1) throw new CliError('CLI_USAGE', `"${text}" is not NAME=VALUE.`);
      return [text.slice(0, end), text.slice(end + 1)];
    }),
  );
}

function secrets(names: readonly string[], session: Session): Record<string, Secret> {
  return Object.fromEntries(
    names.map((name) => {
      const value = session.environment[name];
      if (value === undefined || value === '')
        throw new CliError('CLI_USAGE', `The environment variable "${name}" is not set.`);
      return [name, new Secret(value)];
    }),
  );
}
