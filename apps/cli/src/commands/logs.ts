import { Secret } from '@bowline/gitops-errors';
import type { CommitInfo } from '@bowline/gitops-git';
import * as Flags from '@oclif/core/flags';
import { argument } from '../argument.ts';
import { BaseCommand } from '../base-command.ts';
import { CliError } from '../errors.ts';
import { connectionOptions, openGitFor, remoteOf } from '../git-access.ts';
import { withProgress } from '../git-command.ts';
import { notifyOfCommit } from '../notify-people.ts';
import { commitData, commitDetail, commitLine } from '../presenters/commits.ts';
import { readRepositoryAddress } from '../repository-address.ts';
import { repositoryFlags } from '../repository-flags.ts';

export default class Logs extends BaseCommand {
  static override summary = 'Show the last commits of a repository, without a clone.';
  static override examples = [
    '<%= config.bin %> logs gitops-k8s prod --org acme -n 20',
    '<%= config.bin %> logs gitops-k8s prod --version',
    '<%= config.bin %> logs gitops-k8s prod --detail 9fceb02',
    '<%= config.bin %> logs gitops-k8s prod --last --notif',
  ];
  static override args = {
    REPO: argument({
      required: true,
      description: 'Repository: NAME, ORG/NAME or a Git address.',
    }),
    REF: argument({ description: 'Branch or tag.', default: 'HEAD' }),
  };
  static override flags = {
    ...repositoryFlags,
    'max-count': Flags.integer({
      char: 'n',
      description: 'At most this many.',
      default: 10,
      min: 1,
      max: 10_000,
    }),
    detail: Flags.string({ description: 'Show this commit in full.', helpValue: 'ID' }),
    last: Flags.boolean({ description: 'Show the last commit only.', default: false }),
    version: Flags.boolean({
      description: 'Show only the short id of the last commit.',
      default: false,
    }),
    notif: Flags.boolean({
      description: 'Tell the configured channels of the last commit.',
      default: false,
    }),
    'teams-webhook': Flags.string({
      description:
        'Teams Workflows address for --notif, this time. The address is a secret: prefer the variable TEAMS_WEBHOOK.',
      helpValue: 'URL',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Logs);
    const session = this.session(flags);
    const config = await session.config();
    const address = await readRepositoryAddress(args.REPO, flags, config);
    const [git, remote, connection] = await Promise.all([
      openGitFor(session, address),
      remoteOf(session, address, config),
      connectionOptions(session),
    ]);
    const one = flags.last || flags.version;
    const limit = flags.detail === undefined ? (one ? 1 : flags['max-count']) : 10_000;
    const found = await withProgress(
      session,
      `Reading the log of ${address.repository}`,
      (onProgress) => git.remoteLog(remote, { ...connection, onProgress, ref: args.REF, limit }),
    );
    const commits = (
      flags.detail === undefined ? found : [pick(found, flags.detail, args.REF)]
    ).map(commitData);
    const [last] = commits;
    const notifications =
      flags.notif && last !== undefined
        ? await notifyOfCommit(session, {
            repository: address.repository,
            branch: args.REF,
            commit: last,
            teams:
              flags['teams-webhook'] === undefined ? undefined : new Secret(flags['teams-webhook']),
          })
        : undefined;
    const data = {
      success: true,
      repository: address.repository,
      ref: args.REF,
      count: commits.length,
      commits,
      ...(notifications === undefined ? {} : { notifications }),
    };
    session.result(data, (paint) => {
      if (flags.version) return last?.short_sha ?? '';
      if (flags.detail !== undefined || flags.last)
        return commits.map((commit) => commitDetail(commit, paint)).join('\n\n');
      return commits.map((commit) => commitLine(commit, paint)).join('\n');
    });
  }
}

function pick(commits: readonly CommitInfo[], id: string, ref: string): CommitInfo {
  if (!/^[0-9a-f]{4,64}$/i.test(id)) throw new CliError('CLI_USAGE', `"${id}" is not a commit id.`);
  const [found, ...others] = commits.filter(({ sha }) => sha.startsWith(id.toLowerCase()));
  if (found === undefined)
    throw new CliError(
      'CLI_USAGE',
      `"${ref}" has no commit "${id}" among its last ${commits.length}.`,
    );
  if (others.length > 0)
    throw new CliError('CLI_USAGE', `"${id}" is the beginning of ${others.length + 1} commit ids.`);
  return found;
}
