export type { ConnectForgeOptions } from './connect-forge.ts';
export { connectForge, toolAuthor } from './connect-forge.ts';
export type { AddressParts, ForgeRepositoryName } from './forge-address.ts';
export { cloneAddress, findForgeRepository, webAddress } from './forge-address.ts';
export type { GitConnection, GitConnectionOptions } from './git-connection.ts';
export { gitConnection } from './git-connection.ts';
export type { OpenChannelsOptions, UnusableChannel } from './open-channels.ts';
export { openChannels } from './open-channels.ts';
