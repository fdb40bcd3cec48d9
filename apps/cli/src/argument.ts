import { custom } from '@oclif/core/args';

/** A positional argument. Never taken from stdin, as oclif would do where it is a pipe: a CI job's input is not an argument. */
export const argument = custom<string>({ ignoreStdin: true, parse: async (input) => input });
