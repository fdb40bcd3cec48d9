import { argument } from '../../argument.ts';
import { BaseCommand } from '../../base-command.ts';

export default class ConfigValidate extends BaseCommand {
  static override summary =
    'Check gitops.yaml and the rest of the configuration; show all issues at once.';
  static override examples = [
    '<%= config.bin %> config validate',
    '<%= config.bin %> config validate deploy/gitops.yaml --json',
  ];
  static override args = {
    FILE: argument({
      description: 'File to check. Default: all that the configuration is made of.',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigValidate);
    const session = this.session({ ...flags, config: args.FILE ?? flags.config });
    const { config, files } = await session.loadedConfig();
    session.result(
      { success: true, valid: true, files, hosts: config.hosts.map(({ host }) => host) },
      (paint) =>
        `${paint('green', '✔')} The configuration is valid${files.length === 0 ? '; no file was found, so all of it is defaults and environment' : `: ${files.join(', ')}`}.`,
    );
  }
}
