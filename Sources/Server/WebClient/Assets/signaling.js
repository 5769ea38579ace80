// The signalling connection: one WebSocket, its first message, keep-alive and the requests sent over it.
// A lost socket is reported once by the event 'lost'; what to do then is the session's business.

import { Emitter } from './emitter.js';
import { decode, encode } from './protobuf.js';
import { SignalRequest, SignalResponse } from './schema.js';
import { withTimeout } from './timing.js';

const OPEN_TIMEOUT_MILLISECONDS = 15000;
const FIRST_MESSAGE_TIMEOUT_MILLISECONDS = 5000;
const NORMAL_CLOSE = 1000;

/** The server's refusal of a connection. `status` is the HTTP status, `detail` the server's own words. */
export class RefusedError extends Error {
  constructor(status, detail) {
    super(detail || `HTTP ${status}`);
    this.status = status;
    this.detail = detail;
  }

  /** Whether another attempt with the same token must fail too. */
  get isFinal() {
    return [400, 401, 403, 404].includes(this.status);
  }
}

/** Events: 'message' (name, value), 'lost' (why). */
export class SignalConnection extends Emitter {
  roundTripMilliseconds = 0;
  #socket;
  #pingTimer;
  #lastHeardMilliseconds = 0;
  #started = false;
  #closed = false;
  /** What arrived before `start`, and who waits for the first of it. */
  #inbox = [];
  #firstArrived;

  get isOpen() {
    return this.#started && !this.#closed && this.#socket.readyState === WebSocket.OPEN;
  }

  /**
   * Opens the socket and returns the server's first message `{ name, value }`: join, reconnect or leave. Later messages
   * wait until `start` is called. Throws RefusedError when the server says why not.
   */
  async open(baseURL, token, joinRequestParameter) {
    const query = new URLSearchParams({ access_token: token, join_request: joinRequestParameter });
    const url = new URL('rtc/v1', baseURL);
    url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
    url.search = query;
    try {
      return await this.#connect(url);
    } catch (error) {
      this.close();
      throw await refusal(baseURL, query) ?? error;
    }
  }

  async #connect(url) {
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    const failure = new Promise((_, reject) => {
      socket.addEventListener('close', (event) => {
        reject(new Error(`WebSocket closed with ${event.code}`));
        this.#lose(`closed with ${event.code}`);
      });
    });
    failure.catch(() => {});
    const opened = new Promise((resolve) => socket.addEventListener('open', resolve));
    const first = new Promise((resolve) => { this.#firstArrived = resolve; });
    socket.addEventListener('message', (event) => this.#receive(event.data));
    await withTimeout(Promise.race([opened, failure]), OPEN_TIMEOUT_MILLISECONDS, 'WebSocket');
    this.emit('open');
    await withTimeout(Promise.race([first, failure]), FIRST_MESSAGE_TIMEOUT_MILLISECONDS, 'first message');
    return this.#inbox.shift();
  }

  /** Delivers what has arrived and begins the keep-alive with the server's times, in seconds (0: none). */
  start(pingIntervalSeconds, pingTimeoutSeconds) {
    this.#started = true;
    this.#lastHeardMilliseconds = performance.now();
    for (const { name, value } of this.#inbox.splice(0)) this.emit('message', name, value);
    if (pingIntervalSeconds > 0 && !this.#closed) {
      this.#pingTimer = setInterval(() => this.#keepAlive(pingTimeoutSeconds * 1000), pingIntervalSeconds * 1000);
      this.#ping();
    }
  }

  /** Sends one request. Returns false when the socket is not open: nothing is kept for later. */
  send(name, value) {
    if (this.#closed || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(encode(SignalRequest, { [name]: value }));
    return true;
  }

  /** Closes for good, without 'lost'. What was sent before is still delivered. */
  close() {
    this.#closed = true;
    clearInterval(this.#pingTimer);
    this.silence();
    this.#socket?.close(NORMAL_CLOSE);
  }

  /** Behaves as if the network had closed the socket. */
  breakOff() {
    this.#lose('broken off');
  }

  #receive(data) {
    this.#lastHeardMilliseconds = performance.now();
    let response;
    try {
      response = decode(SignalResponse, new Uint8Array(data));
    } catch (error) {
      console.warn('an unreadable signalling message was left out', error);
      return;
    }
    for (const { name } of SignalResponse.fields) {
      const value = response[name];
      if (value === undefined) continue;
      if (name === 'pongResp') this.roundTripMilliseconds = Math.max(0, Date.now() - value.lastPingTimestamp);
      else if (this.#started) this.emit('message', name, value);
      else if (this.#inbox.push({ name, value }) === 1) this.#firstArrived();
    }
  }

  #ping() {
    this.send('pingReq', { timestamp: Date.now(), rtt: this.roundTripMilliseconds });
  }

  #keepAlive(timeoutMilliseconds) {
    const silentMilliseconds = performance.now() - this.#lastHeardMilliseconds;
    if (timeoutMilliseconds > 0 && silentMilliseconds > timeoutMilliseconds) this.#lose('the server is silent');
    else this.#ping();
  }

  #lose(why) {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#pingTimer);
    this.#socket.close();
    // Before `start` the failure of `open` tells it.
    if (this.#started) this.emit('lost', why);
  }
}

/** The server's reason for refusing the upgrade, which browsers hide from scripts: asked for over plain HTTP. */
async function refusal(baseURL, query) {
  const url = new URL('rtc/v1/validate', baseURL);
  url.search = query;
  try {
    const answer = await fetch(url, { cache: 'no-store' });
    return answer.ok ? undefined : new RefusedError(answer.status, (await answer.text()).slice(0, 500));
  } catch {
    return undefined;
  }
}
