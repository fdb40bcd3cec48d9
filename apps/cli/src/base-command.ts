import type { ConfigInput } from '@bowline/gitops-config';
import { Command } from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import { reportOutputErrors } from './output-errors.ts';
import { type GlobalFlags, Session } from './session.ts';

/** The base of every command: global flags, and errors that reach `main` as they are. */
export abstract class BaseCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({
      description: 'Write the result (or the error) as one JSON value on stdout.',
      helpGroup: 'GLOBAL',
      default: false,
    }),
    'no-color': Flags.boolean({
      description: 'Write without colours. NO_COLOR does the same.',
      helpGroup: 'GLOBAL',
      default: false,
    }),
    config: Flags.string({
      description: 'Read this gitops.yaml instead of searching for one.',
      helpGroup: 'GLOBAL',
      helpValue: 'FILE',
      env: 'GITOPS_CONFIG',
    }),
  };

  /** Opens the session of this run. */
  protected session(flags: GlobalFlags, explicit?: ConfigInput): Session {
    const session = new Session(flags, explicit);
    reportOutputErrors(session.terminal);
    return session;
  }

  // `main` reports errors, in text or JSON; oclif's own printing would put text on stdout or lose the code.
  protected override async catch(error: Error): Promise<never> {
    throw error;
  }
}
