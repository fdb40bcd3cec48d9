import type { Hook } from '@oclif/core/hooks';
import { CliError } from '../errors.ts';
import { nearest } from '../nearest.ts';

/** Says which command was most likely meant. */
const commandNotFound: Hook.CommandNotFound = async ({ id, config }) => {
  const typed = id.replaceAll(':', ' ');
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
