export type { GiteaOptions } from './options.ts';
export { gitea } from './provider.ts';
