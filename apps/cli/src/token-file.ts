import { join, resolve } from 'node:path';
import type { Session } from './session.ts';

/** Finds the file of the server's tokens: the one that is named, that of the configuration, or the usual one. */
export async function tokenFileOf(session: Session, named: string | undefined): Promise<string> {
  if (named !== undefined) return resolve(session.workingDirectory, named);
  const { server } = await session.config();
  return server.tokensFile ?? join(session.homeDirectory, '.gitops', 'server-tokens.json');
}
