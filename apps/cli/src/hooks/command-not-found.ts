import type { Hook } from '@oclif/core/hooks';
import { CliError } from '../errors.ts';
import { nearest } from '../nearest.ts';

/** Says which command was most likely meant. */
const commandNotFound: Hook.CommandNotFound = async ({ id, config }) => {
  const typed = id.replaceAll(':', ' ');
  if (typed.startsWith('-')) {
    throw new CliError('CLI_USAGE', `"${typed}" stands where the command is expected.`, {
      hint: 'Write the command first and its flags behind it; see `gitops --help`.',
    });
  }
  // oclif takes the words behind a command without arguments for a part of its name.
  const command = config.commandIDs.find((known) => id.startsWith(`${known}:`));
  if (
    command !== undefined &&
    !config.commandIDs.some((known) => known.startsWith(`${command}:`))
  ) {
    throw new CliError(
      'CLI_USAGE',
      `Unexpected argument: ${id.slice(command.length + 1).replaceAll(':', ' ')}`,
    );
  }
  const meant = nearest(
    typed,
    config.commandIDs.map((known) => known.replaceAll(':', ' ')),
  );
  throw new CliError('CLI_USAGE', `"${typed}" is not a gitops command.`, {
    hint:
      meant === undefined
        ? 'See `gitops --help`.'
        : `Did you mean \`gitops ${meant}\`? See \`gitops --help\`.`,
  });
};

export default commandNotFound;
