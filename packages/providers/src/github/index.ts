export type { GithubAppAuth, GithubOptions } from './options.ts';
export { github } from './provider.ts';
