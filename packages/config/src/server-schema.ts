import * as v from 'valibot';
import { secretReference, text, texts, wholeNumber } from './schema-parts.ts';
import type { ServerInput } from './server-types.ts';
import { bodyRange, portRange, rateRange } from './values.ts';

function deliveries(forge: string) {
  return v.exactOptional(
    v.pipe(
      v.strictObject({
        secrets: v.pipe(
          v.array(secretReference),
          v.minLength(1, 'must have at least 1 entries'),
          v.maxLength(3, 'must have at most 3 entries'),
          v.description('Secrets that deliveries may be signed with, the newest first.'),
        ),
      }),
      v.description(`Deliveries of ${forge}.`),
    ),
  );
}

/** `server` of gitops.yaml. */
export const serverSchema = v.strictObject({
  host: v.exactOptional(text('listenHost', 'Address to listen on. Default: 127.0.0.1.')),
  port: v.exactOptional(
    wholeNumber(
      portRange.min,
      portRange.max,
      'Port to listen on; 0 lets the system choose. Default: 8080.',
    ),
  ),
  publicUrl: v.exactOptional(
    text(
      'httpUrl',
      'Address that others reach the server at. Only in a file that was named on purpose.',
    ),
  ),
  tokensFile: v.exactOptional(
    text(
      'filePath',
      'File with the hashed bearer tokens. Only in a file that was named on purpose. Default: ~/.gitops/server-tokens.json if it exists.',
    ),
  ),
  cors: v.exactOptional(
    v.strictObject({
      origins: texts(
        'origin',
        { min: 0, max: 50 },
        'Exact origins whose pages may call the server. Only in a file that was named on purpose. Default: none.',
      ),
    }),
  ),
  rateLimit: v.exactOptional(
    v.strictObject({
      requestsPerMinute: wholeNumber(
        rateRange.min,
        rateRange.max,
        'Requests of one token in a minute. Default: 600.',
      ),
    }),
  ),
  trustProxy: v.exactOptional(
    texts(
      'network',
      { min: 0, max: 50 },
      'Addresses and CIDR blocks of proxies whose X-Forwarded headers count. Only in a file that was named on purpose. Default: none.',
    ),
  ),
  maxBodyBytes: v.exactOptional(
    wholeNumber(bodyRange.min, bodyRange.max, 'Largest request body. Default: 1048576.'),
  ),
  webhooks: v.exactOptional(
    v.strictObject({
      github: deliveries('GitHub'),
      gitlab: deliveries('GitLab'),
      gitea: deliveries('Gitea and Forgejo'),
      'bitbucket-cloud': deliveries('Bitbucket Cloud'),
      'bitbucket-datacenter': deliveries('Bitbucket Data Center'),
    }),
  ),
}) satisfies v.GenericSchema<unknown, ServerInput>;
