import { Secret } from '@bowline/gitops-errors';
import type { CredentialOutcome } from './layer.ts';
import { privateKey } from './private-key.ts';
import { openSecret, type SecretPlaces } from './secret-reference.ts';
import { expectations, patterns } from './values.ts';
import { invalid, type Lookup, type Variable } from './variables.ts';

/**
 * Reads the GitHub App of the environment. `GITHUB_APP_PRIVATE_KEY` is the key itself, `GITHUB_APP_PRIVATE_KEY_FILE` the path of its file; it is what
 * makes an app of the others.
 *
 * @returns `undefined` when there is no key.
 */
export async function appCredential(
  own: Lookup,
  all: Lookup,
  places: Omit<SecretPlaces, 'trusted' | 'lookup'>,
): Promise<{ readonly variable: Variable; readonly outcome: CredentialOutcome } | undefined> {
  const text = own('GITHUB_APP_PRIVATE_KEY');
  const file = own('GITHUB_APP_PRIVATE_KEY_FILE');
  const variable = text ?? file;
  if (variable === undefined) return undefined;
  const refuse = (message: string, at: Variable = variable) => ({
    variable,
    outcome: {
      issue: { ...invalid(at, message), code: 'CONFIG_CREDENTIAL_UNSUPPORTED' },
    } as const,
  });
  const opened =
    text === undefined
      ? await openSecret({ file: variable.value }, { ...places, trusted: true, lookup: all }, '')
      : new Secret(text.value);
  if (!(opened instanceof Secret))
    return { variable, outcome: { issue: { ...invalid(variable, opened.message), ...opened } } };
  const key = privateKey(opened);
  if (key === undefined) return refuse('is not a private key in PEM');
  const app = all('GITHUB_APP_ID');
  if (app === undefined) return refuse('lacks its app: GITHUB_APP_ID is not set');
  if (!patterns.appId.test(app.value)) return refuse(`must be ${expectations.appId}`, app);
  const installation = all('GITHUB_APP_INSTALLATION_ID');
  if (installation !== undefined && !/^[1-9][0-9]{0,14}$/.test(installation.value))
    return refuse('must be the number of an installation', installation);
  return {
    variable,
    outcome: {
      credential: {
        kind: 'github-app',
        appId: app.value,
        privateKey: key,
        ...(installation === undefined ? {} : { installationId: Number(installation.value) }),
      },
    },
  };
}
