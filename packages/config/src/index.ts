export type {
  ChannelConfig,
  ChannelInput,
  ChannelRules,
  ChannelSeverity,
  ChannelType,
  NotificationsInput,
} from './channel-types.ts';
export { createEnvFile, envFileTemplate } from './create-env-file.ts';
export type { GitCredential, RestAuth } from './credentials.ts';
export { defaultOrganization, gitCredential, hostConfig, restAuth } from './credentials.ts';
export { tokensFilePath } from './default-tokens-file.ts';
export type { DescribedSetting } from './describe-config.ts';
export { describeConfig } from './describe-config.ts';
export type { ConfigErrorCode } from './errors.ts';
export { ConfigError, configErrorCodes } from './errors.ts';
export { findConfigFile } from './find-config-file.ts';
export type { ConfigIssue } from './issue.ts';
export { formatIssue } from './issue.ts';
export type { LoadConfigOptions, LoadedConfig } from './load-config.ts';
export { loadConfig } from './load-config.ts';
export type { ParseConfigOptions, ParseConfigResult } from './parse-config.ts';
export { parseConfig } from './parse-config.ts';
export type { ServerConfig, ServerInput, WebhookForge } from './server-types.ts';
export type { TemplateValues } from './templates.ts';
export { renderTemplate } from './templates.ts';
export type {
  Config,
  ConfigInput,
  Credential,
  CredentialInput,
  ForgeKind,
  HostConfig,
  HostInput,
  SecretReference,
} from './types.ts';
export { tokenVariable } from './variables.ts';
