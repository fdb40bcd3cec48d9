import { Secret } from '@bowline/gitops-errors';
import * as Flags from '@oclif/core/flags';
import { argument } from '../argument.ts';
import { openForgeRepository } from '../forge.ts';
import { JobCommand } from '../job-command.ts';
import { webhookText } from '../presenters/jobs.ts';
import { readRepositoryAddress } from '../repository-address.ts';

export default class Webhook extends JobCommand {
  static override summary =
    'Make sure that a repository calls an address on pushes and pull requests.';
  static override description =
    'One webhook per address: an existing one is brought up to date. The secret that signs the deliveries is read from the environment variable ' +
    'GITOPS_FORGE_WEBHOOK_SECRET, never from the command line.';
  static override examples = [
    'GITOPS_FORGE_WEBHOOK_SECRET=… <%= config.bin %> webhook gitops-k8s https://gitops.example.com/v1/webhooks/bitbucket --org acme',
    '<%= config.bin %> webhook gitops-k8s https://gitops.example.com/v1/webhooks/bitbucket --org acme --delete',
  ];
  static override args = {
    REPO: argument({
      required: true,
      description: 'Repository: NAME, ORG/NAME or a Git address.',
    }),
    URL: argument({ required: true, description: 'Address to call.' }),
  };
  static override flags = {
    delete: Flags.boolean({ description: 'Take the webhook away.', default: false }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Webhook);
    await this.runJob(flags, {
      name: 'webhook',
      subject: 'webhook',
      text: webhookText,
      run: async ({ session, options, setRepository }) => {
        const address = await readRepositoryAddress(args.REPO, flags, await session.config());
        const { provider, repository } = await openForgeRepository(session, address);
        setRepository({ fullName: repository.fullName, provider: provider.kind });
        const { ensureWebhook } = await import('@bowline/gitops-operations');
        const secret = session.environment['GITOPS_FORGE_WEBHOOK_SECRET'];
        return ensureWebhook(
          {
            repository,
            url: args.URL,
            remove: flags.delete,
            ...(secret === undefined || secret === '' ? {} : { secret: new Secret(secret) }),
          },
          options,
        );
      },
    });
  }
}
