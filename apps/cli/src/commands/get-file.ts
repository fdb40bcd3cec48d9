import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { hostConfig } from '@bowline/gitops-config';
import * as Flags from '@oclif/core/flags';
import { argument } from '../argument.ts';
import { BaseCommand } from '../base-command.ts';
import { CliError } from '../errors.ts';
import { hasCredential, openForgeRepository } from '../forge.ts';
import { connectionOptions, openGitFor, remoteOf } from '../git-access.ts';
import { type RepositoryAddress, readRepositoryAddress } from '../repository-address.ts';
import { repositoryFlags } from '../repository-flags.ts';
import type { Session } from '../session.ts';

export default class GetFile extends BaseCommand {
  static override summary =
    'Read one file of a repository at a branch, tag or commit, without a clone.';
  static override description =
    'With --json a file that is not UTF-8 text is shown in base64, with "binary": true.';
  static override examples = [
    '<%= config.bin %> get-file gitops-k8s prod shop/web_deployment.yaml --org acme',
    '<%= config.bin %> get-file gitops-k8s v2.1.0 logo.png -o logo.png',
  ];
  static override args = {
    REPO: argument({
      required: true,
      description: 'Repository: NAME, ORG/NAME or a Git address.',
    }),
    REF: argument({ required: true, description: 'Branch, tag or commit.' }),
    PATH: argument({ required: true, description: 'Path of the file in the repository.' }),
  };
  static override flags = {
    ...repositoryFlags,
    output: Flags.string({
      char: 'o',
      description: 'Write the bytes to this file.',
      helpValue: 'FILE',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(GetFile);
    const session = this.session(flags);
    const address = await readRepositoryAddress(args.REPO, flags, await session.config());
    const content = await readFileAt(session, address, { ref: args.REF, path: args.PATH });
    if (content === undefined) {
      const { OperationError } = await import('@bowline/gitops-operations');
      throw new OperationError(
        'OPERATION_FILE_NOT_FOUND',
        `"${args.REF}" of "${address.repository}" has no file "${args.PATH}".`,
      );
    }
    const text = asText(content);
    const data = {
      success: true,
      repository: address.repository,
      ref: args.REF,
      path: args.PATH,
      size: content.length,
      binary: text === undefined,
      content: text ?? Buffer.from(content).toString('base64'),
    };
    if (flags.output !== undefined) {
      const output = resolve(session.workingDirectory, flags.output);
      await write(output, content);
      session.result(
        { ...data, content: null, output },
        (paint) => `${paint('green', '✔')} Wrote ${content.length} bytes to ${output}`,
      );
    } else if (session.json) {
      session.result(data, () => '');
    } else {
      // The file's own bytes, with nothing added.
      session.terminal.stdout.write(content);
    }
  }
}

async function readFileAt(
  session: Session,
  address: RepositoryAddress,
  file: { readonly ref: string; readonly path: string },
): Promise<Uint8Array | undefined> {
  const config = await session.config();
  const known = hostConfig(config, address.host);
  // A public repository can be read by Git without any credential.
  if (
    address.host === 'local' ||
    (known !== undefined && known.kind !== 'git' && hasCredential(known))
  ) {
    const { repository } = await openForgeRepository(session, address);
    return (await repository.files.read(file.path, file.ref, { signal: session.signal }))?.content;
  }
  const git = await openGitFor(session, address);
  const remote = await remoteOf(session, address, config);
  const connection = await connectionOptions(session);
  return (await git.readRemoteFile(remote, { ...connection, ...file }))?.content;
}

function asText(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    // Not UTF-8: shown in base64.
    return undefined;
  }
}

async function write(path: string, content: Uint8Array): Promise<void> {
  try {
    await writeFile(path, content);
  } catch (cause) {
    throw new CliError('CLI_FILE', `File "${path}" cannot be written.`, { cause });
  }
}
