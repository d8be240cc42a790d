// What carries alerts out of the daemon.
import type { ChannelSpec } from '../../../config/alert-spec.ts';
import type { AlertMessage } from '../../contract/alerts.ts';

/** How a delivery came out. hopeless: the same again would not be taken either. */
export type DeliveryAnswer = { readonly ok: true } | { readonly ok: false; readonly why: string; readonly hopeless?: boolean };

/** What carries alerts out of the daemon. */
export interface AlertCarrier {
  /** Never rejects. Takes no longer than the channel's timeout, and a little. */
  deliver(channel: ChannelSpec, message: AlertMessage, environment: Readonly<Record<string, string>>): Promise<DeliveryAnswer>;
  /** Ends what is under way; it is answered as not delivered. */
  close(): void;
}
