import * as v from 'valibot';

export const health = v.object({
  status: v.picklist(['ok']),
  version: v.string(),
  uptime: v.pipe(v.number(), v.description('Seconds since the server was made.')),
});

export const readiness = v.object({ status: v.literal('ready') });

export const settings = v.object({
  success: v.literal(true),
  settings: v.array(
    v.object({
      key: v.string(),
      value: v.nullable(v.pipe(v.string(), v.description('Secrets are `***`.'))),
      source: v.nullable(v.string()),
    }),
  ),
});
