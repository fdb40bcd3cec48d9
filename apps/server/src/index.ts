export type { ServerDependencies } from './dependencies.ts';
export type { ServerErrorCode } from './errors.ts';
export { ServerError, serverErrorCodes } from './errors.ts';
export { readTokenFile, updateTokenFile } from './security/configured-tokens.ts';
export type { Scope, TokenRecord } from './security/token.ts';
export { createToken } from './security/token.ts';
export { createServer } from './server.ts';
export type { RunningServer, ServerSurroundings } from './start-server.ts';
export { startServer } from './start-server.ts';
