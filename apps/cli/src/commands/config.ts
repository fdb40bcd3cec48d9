import { BaseCommand } from '../base-command.ts';
import { tableText } from '../presenters/table.ts';

export default class Config extends BaseCommand {
  static override summary = 'Show every setting with its value and where it comes from.';
  static override description = 'Secrets are shown as ***, with --json as well.';
  static override examples = ['<%= config.bin %> config', '<%= config.bin %> config --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(Config);
    const session = this.session(flags);
    await session.ensureEnvFile();
    const [{ describeConfig }, loaded] = await Promise.all([
      import('@bowline/gitops-config'),
      session.loadedConfig(),
    ]);
    const settings = describeConfig(loaded);
    session.result({ success: true, settings }, (paint) =>
      tableText(
        ['KEY', 'VALUE', 'SOURCE'],
        settings.map(({ key, value, source }) => [key, value ?? '', source ?? '']),
        paint,
      ),
    );
  }
}
