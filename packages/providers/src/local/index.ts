export type {
  CreatedLocalRepository,
  CreateLocalRepositoryOptions,
} from './create-local-repository.ts';
export { createLocalRepository } from './create-local-repository.ts';
export type { LocalOptions } from './local.ts';
export { local } from './local.ts';
