import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Secret } from '@bowline/gitops-errors';
import * as Flags from '@oclif/core/flags';
import { argument } from '../argument.ts';
import { findAuthor } from '../author.ts';
import { CliError } from '../errors.ts';
import { GitCommand } from '../git-command.ts';
import { commitData, commitLine } from '../presenters/commits.ts';
import type { Session } from '../session.ts';

export default class Commit extends GitCommand {
  static override summary = 'Commit what is staged, all changes, or some paths.';
  static override examples = [
    '<%= config.bin %> commit -m "fix: correct the port" --all',
    '<%= config.bin %> commit shop/web.yaml -m "chore: pin web" --signoff',
    '<%= config.bin %> commit -m "release" --sign-key ~/.ssh/id_ed25519',
  ];
  static override strict = false;
  static override args = {
    PATH: argument({ description: 'Commit these paths only. There may be several.' }),
  };
  static override flags = {
    message: Flags.string({ char: 'm', required: true, description: 'Commit message.' }),
    all: Flags.boolean({
      char: 'a',
      description: 'Add every change of tracked files first.',
      default: false,
    }),
    signoff: Flags.boolean({
      char: 's',
      description: 'Add a Signed-off-by trailer.',
      default: false,
    }),
    'sign-key': Flags.string({ description: 'Sign with this SSH private key.', helpValue: 'FILE' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Commit);
    const session = this.session(flags);
    const { repository, directory } = await this.openRepository(session, flags.cwd);
    const paths = argv.filter((path) => typeof path === 'string');
    if (paths.length > 0 && flags.all) {
      throw new CliError('CLI_USAGE', 'Paths and --all do not go together.');
    }
    const author = await findAuthor(session, directory);
    if (author === undefined) {
      const { GitError } = await import('@bowline/gitops-git');
      throw new GitError('GIT_IDENTITY_MISSING', 'The author of the commit is not known.');
    }
    const key = flags['sign-key'];
    const made = await repository.commit({
      message: flags.message,
      author,
      all: flags.all,
      signOff: flags.signoff,
      ...(paths.length === 0 ? {} : { paths }),
      ...(key === undefined ? {} : { sign: await signer(session, key) }),
    });
    const commit = commitData(made);
    session.result({ success: true, commit }, (paint) => commitLine(commit, paint));
  }
}

async function signer(session: Session, file: string) {
  const { sshSigner } = await import('@bowline/gitops-git');
  const path = resolve(session.workingDirectory, file.replace(/^~(?=\/)/, session.homeDirectory));
  try {
    return sshSigner({ privateKey: new Secret(await readFile(path, 'utf8')) });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === undefined || !('syscall' in (cause as object)))
      throw cause;
    throw new CliError('CLI_FILE', `The key file "${path}" cannot be read.`, { cause });
  }
}
