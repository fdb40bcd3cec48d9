import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BaseCommand } from '../../base-command.ts';
import { CliError } from '../../errors.ts';

const EXAMPLE = `# yaml-language-server: $schema=https://bowline.dev/schemas/gitops.yaml.json
# Settings of gitops for this project. Secrets do not belong here: name the variable or file that holds one.
# All keys: https://github.com/bowline-dev/bowline/blob/main/docs/configuration.md

defaults:
  remote: bitbucket.org
  # organization: acme
  # imageRegistry: registry.example.com/acme

# kubernetesPullRequest:
#   repository: gitops-k8s
#   branchTemplate: k8s/{cluster}/{namespace}/{deploy}
#   yamlTemplate: '{namespace}/{deploy}_deployment.yaml'

# hosts:
#   git.example.com:
#     kind: gitea
#     credential: { kind: token, token: { env: GITOPS_TOKEN_GIT_EXAMPLE_COM } }

# notifications:
#   teams:
#     url: { env: TEAMS_WEBHOOK }
`;

export default class ConfigInit extends BaseCommand {
  static override summary = 'Write an example gitops.yaml into this folder.';
  static override description =
    'Never overwrites a file. Also makes sure that ~/.gitops/.env exists, for credentials.';
  static override examples = ['<%= config.bin %> config init'];

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigInit);
    const session = this.session(flags);
    const path = resolve(session.workingDirectory, 'gitops.yaml');
    try {
      await writeFile(path, EXAMPLE, { flag: 'wx' });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new CliError('CLI_FILE', `File "${path}" cannot be written.`, { cause });
      }
      throw new CliError('CLI_FILE', `File "${path}" exists already.`, {
        cause,
        hint: 'Edit it, or move it away first; `gitops config validate` checks it.',
      });
    }
    await session.ensureEnvFile();
    session.result({ success: true, path }, (paint) => `${paint('green', '✔')} Wrote ${path}.`);
    session.hint('Put credentials into ~/.gitops/.env, then see `gitops config`.');
  }
}
