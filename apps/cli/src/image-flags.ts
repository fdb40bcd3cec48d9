import * as Flags from '@oclif/core/flags';

/** The flags that say which images of a file are meant. */
export const imageFlags = {
  container: Flags.string({
    description: 'Change the container of this name only.',
    helpValue: 'NAME',
  }),
  all: Flags.boolean({
    description: 'Change every image of the file.',
    default: false,
    exclusive: ['container'],
  }),
};
