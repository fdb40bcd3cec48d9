import * as Flags from '@oclif/core/flags';

/** The flag that says where a variable of the CI applies. */
export const variableFlags = {
  environment: Flags.string({
    description: 'Deployment environment that it is for. Default: the whole repository.',
    helpValue: 'NAME',
  }),
};
