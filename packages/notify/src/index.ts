export type {
  Channel,
  Delivered,
  DeliverOptions,
  DeliveryFailed,
  DeliveryResult,
  DeliverySkipped,
} from './channel.ts';
export type { CreateEventOptions, EventInput } from './create-event.ts';
export { createEvent } from './create-event.ts';
export type { DispatchOptions } from './dispatch.ts';
export { dispatch } from './dispatch.ts';
export type { NotifyErrorCode, NotifyErrorOptions } from './errors.ts';
export { NotifyError, notifyErrorCodes } from './errors.ts';
export type {
  EventActor,
  EventBase,
  EventCommit,
  EventData,
  EventImageChange,
  EventJob,
  EventLink,
  EventPromotion,
  EventPullRequest,
  EventRepository,
  EventSeverity,
  EventTarget,
  EventType,
  GitOpsEvent,
} from './event.ts';
