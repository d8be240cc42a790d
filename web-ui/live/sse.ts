// Server-sent events out of bytes. The browser's own EventSource hides keep-alives, status codes and its retries; we need all three.

export interface SseMessage {
  readonly event: string;
  readonly data: string;
  readonly id: string | null;
}

/** Longest part of a message that is kept while its end has not come. */
const MAX_PENDING = 4 * 1024 * 1024;

/** Feeds text, calls `onMessage` for each message. A comment (a keep-alive) is no message. Throws RangeError on a message without an end. */
export function createSseReader(onMessage: (message: SseMessage) => void): (text: string) => void {
  let pending = '';
  let event = '';
  let data: string[] = [];
  let id: string | null = null;
  const line = (text: string): void => {
    if (text === '') {
      if (data.length > 0) onMessage({ event: event === '' ? 'message' : event, data: data.join('\n'), id });
      event = '';
      data = [];
      return;
    }
    const colon = text.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
    else if (field === 'id') id = value;
  };
  return (text) => {
    pending += text;
    let from = 0;
    for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n', from)) {
      line(pending.slice(from, pending[end - 1] === '\r' ? end - 1 : end));
      from = end + 1;
    }
    pending = pending.slice(from);
    if (pending.length > MAX_PENDING) throw new RangeError('a message of the event stream has no end');
  };
}
