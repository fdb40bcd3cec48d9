import type { Secret } from '@bowline/gitops-errors';
import type { SecretReference } from './types.ts';

/** The tools that channels speak to. */
export type ChannelType =
  | 'teams'
  | 'slack'
  | 'discord'
  | 'google-chat'
  | 'webhook'
  | 'cdevents'
  | 'email';

/** How much an event matters, the least first. */
export type ChannelSeverity = 'info' | 'success' | 'warning' | 'error';

/** Which events a channel gets, besides its name. An absent member lets everything through. */
export interface ChannelRules {
  /** Names the channel in results and logs; unique. Lower case, digits and `-`. */
  readonly name: string;
  /** Patterns of event types, such as `promotion.*`; one of them must match. */
  readonly events?: readonly string[];
  /** Only events that matter at least as much. */
  readonly severity?: ChannelSeverity;
  /** Patterns of `owner/name`, such as `acme/*`; one of them must match. */
  readonly repositories?: readonly string[];
  /** Milliseconds in which an event that says the same again is not sent. */
  readonly repeatMs?: number;
}

interface HttpTarget {
  readonly url: Secret | string;
  /** Key of the HMAC signature. */
  readonly secret?: Secret;
  /** Sends to loopback and private networks too. @default false */
  readonly allowPrivateAddresses?: boolean;
}

/** One place where events go to. */
export type ChannelConfig =
  | (ChannelRules & {
      readonly type: 'teams' | 'slack' | 'discord' | 'google-chat';
      /** The whole address is the credential. */
      readonly url: Secret;
    })
  | (ChannelRules & HttpTarget & { readonly type: 'webhook' })
  | (ChannelRules &
      HttpTarget & {
        readonly type: 'cdevents';
        /** `context.source` of the events, an absolute URI or a path. @default `server.publicUrl`, else `/bowline/gitops` */
        readonly source?: string;
        /** The content mode of CloudEvents over HTTP. @default 'binary' */
        readonly mode?: 'binary' | 'structured';
      })
  | (ChannelRules & {
      readonly type: 'email';
      /** `smtp://` or `smtps://`, with user and password. */
      readonly url: Secret;
      readonly from: string;
      readonly to: readonly string[];
    });

interface ChannelRulesInput {
  readonly name: string;
  readonly events?: readonly string[];
  readonly severity?: ChannelSeverity;
  readonly repositories?: readonly string[];
  /** A number with `s`, `m`, `h` or `d`, such as `30m`. */
  readonly repeat?: string;
}

interface HttpTargetInput {
  readonly url: SecretReference | string;
  readonly secret?: SecretReference;
  /** Only in a file that was named on purpose. @default false */
  readonly allowPrivateAddresses?: boolean;
}

/** A channel as people write one. */
export type ChannelInput =
  | (ChannelRulesInput & {
      readonly type: 'teams' | 'slack' | 'discord' | 'google-chat';
      readonly url: SecretReference;
    })
  | (ChannelRulesInput & HttpTargetInput & { readonly type: 'webhook' })
  | (ChannelRulesInput &
      HttpTargetInput & {
        readonly type: 'cdevents';
        readonly source?: string;
        readonly mode?: 'binary' | 'structured';
      })
  | (ChannelRulesInput & {
      /** Only in a file that was named on purpose: it sends from your account to whom it likes. */
      readonly type: 'email';
      readonly url: SecretReference;
      readonly from: string;
      readonly to: readonly string[];
    });

/** Where events go to, as people write it. `teams` and `webhooks` are short forms of channels of these names. */
export interface NotificationsInput {
  readonly teams?: { readonly url: SecretReference };
  readonly webhooks?: readonly HttpTargetInput[];
  readonly channels?: readonly ChannelInput[];
}
