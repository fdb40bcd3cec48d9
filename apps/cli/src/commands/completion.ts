import { argument } from '../argument.ts';
import { BaseCommand } from '../base-command.ts';
import { type CompletionShell, completionScript } from '../completion-script.ts';

const shells = ['bash', 'zsh', 'fish'] as const satisfies readonly CompletionShell[];

export default class Completion extends BaseCommand {
  static override summary = 'Print the completion script of a shell.';
  static override examples = [
    'source <(<%= config.bin %> completion bash)',
    '<%= config.bin %> completion zsh > "$' + '{fpath[1]}/_gitops"',
    '<%= config.bin %> completion fish > ~/.config/fish/completions/gitops.fish',
  ];
  static override args = {
    SHELL: argument({ required: true, options: [...shells], description: 'bash, zsh or fish.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Completion);
    const session = this.session(flags);
    const shell = shells.find((each) => each === args.SHELL) ?? 'bash';
    const commands = this.config.commands
      .filter((command) => !command.hidden)
      .map((command) => ({
        words: command.id.split(':'),
        summary: command.summary ?? '',
        flags: Object.entries(command.flags)
          .filter(([, flag]) => !flag.hidden)
          .map(([name, flag]) => ({ name, summary: flag.description ?? '' })),
      }));
    const script = completionScript(shell, commands);
    session.result({ success: true, shell, script }, () => script);
  }
}
