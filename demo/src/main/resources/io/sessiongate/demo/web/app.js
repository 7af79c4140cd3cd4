'use strict';

const SECONDS = 60;
const LOG_LINES = 14;
const STATS = '/api/dashboard-stats';
const EVENTS = '/api/events';
const byId = (id) => document.getElementById(id);
const number = new Intl.NumberFormat();
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

let me = { validation: 'gateway', revalidateAfterSeconds: 60 };
let ended = false;
let timer = 0;
let before = null;
const history = [];

/* Everything shown goes in as text, never as markup. */
function element(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
}

function say(text, over) {
  const note = byId('note');
  note.hidden = !text;
  note.classList.toggle('ended', Boolean(over));
  note.textContent = text;
}

/* ---- own requests and their log ---- */

function log(path, status, millis) {
  const line = element('li');
  line.append(
      element('span', 'time', clock.format(new Date())),
      element('span', 's' + String(status).charAt(0), status || 'failed'),
      element('span', 'path', path),
      element('span', 'ms', Math.round(millis) + ' ms'));
  const list = byId('log');
  list.prepend(line);
  while (list.childElementCount > LOG_LINES) list.lastElementChild.remove();
}

async function send(path, options) {
  const start = performance.now();
  let response = null;
  try {
    response = await fetch(path, { cache: 'no-store', redirect: 'manual', ...options });
    log(path, response.status, performance.now() - start);
  } catch {
    log(path, 0, performance.now() - start);
  }
  if (response && response.status === 401) noticed(true);
  return response;
}

function sessionEnded() {
  if (ended) return;
  ended = true;
  clearTimeout(timer);
  events.close();
  for (const button of document.querySelectorAll('main button')) button.disabled = true;
  const note = byId('note');
  say('This session has ended: the answer is 401 now. ', true);
  const again = element('a', '', 'Sign in again');
  again.href = '/login';
  note.append(again);
}

function poll() {
  const rate = Number(byId('rate').value);
  clearTimeout(timer);
  if (rate === 0 || ended) return;
  timer = setTimeout(poll, 1000 / rate);
  if (!document.hidden) send(STATS);
}

async function burst() {
  const button = byId('burst');
  button.disabled = true;
  let left = 100;
  const worker = async () => { while (left-- > 0 && !ended) await send(STATS); };
  await Promise.all(Array.from({ length: 6 }, worker));
  button.disabled = ended;
}

/* ---- numbers ---- */

function show(stats) {
  const queries = stats.sessionQueries;
  byId('made').textContent = number.format(queries.made);
  byId('saved').textContent = number.format(queries.saved);
  byId('live').textContent = number.format(stats.liveSessions);
  byId('revoked').textContent = number.format(stats.revokedSessions);
  byId('users').textContent = number.format(stats.users);
  byId('answered').textContent = number.format(stats.requestsAnswered);
  byId('failed').textContent = number.format(stats.requestsFailed);
  byId('pool').textContent = stats.pool.inUse + ' of ' + stats.pool.size
      + (stats.pool.waiting ? ', ' + stats.pool.waiting + ' waiting' : '');
  const now = Date.parse(stats.at);
  if (before) {
    const seconds = Math.max((now - before.now) / 1000, 0.5);
    const made = Math.max(0, queries.made - before.made) / seconds;
    const requests = Math.max(0, queries.made + queries.saved - before.made - before.saved) / seconds;
    history.push({ made, requests });
    if (history.length > SECONDS) history.shift();
    byId('made-now').textContent = number.format(Math.round(made * 10) / 10);
    byId('requests-now').textContent = number.format(Math.round(requests * 10) / 10);
    draw();
  }
  before = { now, made: queries.made, saved: queries.saved };
}

function draw() {
  const svg = byId('chart');
  const top = Math.max(1, ...history.map((h) => Math.max(h.requests, h.made)));
  byId('chart-top').textContent = number.format(Math.ceil(top));
  const x = (i) => 600 - (history.length - 1 - i) * 600 / (SECONDS - 1);
  const y = (value) => 148 - value / top * 140;
  const line = (key) => history.map((h, i) => (i ? 'L' : 'M') + x(i).toFixed(1) + ' ' + y(h[key]).toFixed(1)).join('');
  const path = (className, d) => {
    const p = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    p.setAttribute('class', className);
    p.setAttribute('d', d);
    return p;
  };
  svg.replaceChildren(
      path('chart-base', 'M0 149H600'),
      path('chart-area', line('requests') + 'L600 149L' + x(0).toFixed(1) + ' 149Z'),
      path('chart-requests', line('requests')),
      path('chart-made', line('made')));
}

/* ---- streams, and how soon they end ---- */

class Stream {
  constructor(id, end) {
    this.box = byId(id);
    this.end = end;
    this.big = this.box.querySelector('b');
    this.small = this.box.querySelector('small');
  }
  show(state, big, small) {
    this.box.classList.toggle('open', state === 'open');
    this.box.classList.toggle('over', state === 'over');
    if (this.big.textContent !== big) this.big.textContent = big;
    this.small.textContent = small;
  }
  opened() {
    this.since = new Date();
    this.events = 0;
    this.revokedAt = 0;
    this.ticked(0);
  }
  ticked(events) {
    this.events += events;
    const seconds = Math.round((performance.now() - this.revokedAt) / 1000);
    this.show('open', this.revokedAt ? 'still open' : 'open', this.revokedAt
      ? 'revoked ' + seconds + ' s ago, and nobody tells the stream'
      : 'since ' + clock.format(this.since) + ' · ' + number.format(this.events) + ' events');
  }
  over(millis) {
    if (millis === null) this.show('over', 'signed out', '');
    else this.show('over', number.format(Math.ceil(millis)) + ' ms', 'from the revocation in the database until ' + this.end);
  }
}

/*
 * Milliseconds from the revocation to the moment `at`, or null without one. No two clocks are compared: the database says how
 * long ago it was. What the question takes on its way counts too, so that the truth is no longer than what is shown.
 */
async function sinceRevocation(at, options) {
  const asked = performance.now();
  const response = await fetch('/session-end', { cache: 'no-store', ...options }).catch(() => null);
  if (!response || !response.ok) return null;
  const { millisAgo } = await response.json();
  return millisAgo === null ? null : Math.max(0, millisAgo - (asked - at));
}

const mine = new Stream('mine', 'this window was signed out');
const second = new Stream('second', 'its stream broke off here');
let firstSign = 0;

/* The stream broke off, or a request was refused, whichever came first. A stream that merely ended begins anew by itself. */
async function noticed(refused) {
  firstSign = firstSign || performance.now();
  if (refused) sessionEnded();
  const millis = await sinceRevocation(firstSign);
  if (millis === null && !refused) {
    firstSign = 0;
    return;
  }
  if (!mine.box.classList.contains('over')) mine.over(millis);
  // One more request, for the log to show how it is answered.
  if (!refused) await send(STATS);
  sessionEnded();
}

async function openSecond() {
  byId('second-open').disabled = true;
  const response = await send('/api/sessions', { method: 'POST' });
  if (!response || !response.ok) {
    byId('second-open').disabled = ended;
    return;
  }
  const session = await response.json();
  second.handle = session.handle;
  // Without this window's cookie, which names another session.
  const options = { headers: { Authorization: 'Bearer ' + session.token }, credentials: 'omit' };
  byId('second-open').hidden = true;
  byId('second-revoke').hidden = false;
  byId('second-revoke').disabled = false;
  loadSessions();
  await follow(options);
  byId('second-revoke').hidden = true;
  byId('second-open').hidden = false;
  byId('second-open').disabled = ended;
  byId('second-open').textContent = 'Sign it in again';
  if (!ended) loadSessions();
}

/* An event stream that is opened again until its session has ended. */
async function follow(options) {
  for (;;) {
    const response = await fetch(EVENTS, { cache: 'no-store', ...options }).catch(() => null);
    if (response && response.status === 401) {
      second.over(null);
      return;
    }
    if (response && response.ok) {
      second.opened();
      await readToEnd(response.body.getReader());
      const millis = await sinceRevocation(performance.now(), options);
      if (millis !== null) {
        second.over(millis);
        return;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

async function readToEnd(reader) {
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) second.ticked(1);
  } catch {
    // Cut off by the gateway, so that it never looks complete.
  }
}

/* ---- sessions ---- */

function browser(userAgent) {
  const known = /(Firefox|Edg|OPR|Chrome|Safari|curl|Wget)/.exec(userAgent);
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(userAgent);
  const name = known ? { Edg: 'Edge', OPR: 'Opera' }[known[1]] || known[1] : userAgent.slice(0, 40) || 'unknown program';
  return system ? name + ' on ' + system[1] : name;
}

function sessionLine(session) {
  const line = element('li', session.live ? '' : 'ended');
  const who = element('div', 'who');
  who.append(
      element('strong', '', session.name),
      element('br'),
      element('small', '', browser(session.userAgent) + ' · ' + session.ip + ' · since ' + clock.format(new Date(session.createdAt))));
  line.append(who);
  if (session.current) line.append(element('span', 'tag here', 'this one'));
  if (session.live) {
    const button = element('button', 'danger', 'Revoke');
    button.type = 'button';
    button.setAttribute('aria-label', 'Revoke the session of ' + session.name + ', ' + browser(session.userAgent));
    button.addEventListener('click', () => revoke(session, button));
    line.append(button);
  } else {
    line.append(element('span', 'tag over', 'ended'));
  }
  return line;
}

async function loadSessions() {
  const response = await send('/api/sessions');
  if (!response || !response.ok) return;
  byId('sessions').replaceChildren(...(await response.json()).map(sessionLine));
}

async function revoke(session, button) {
  button.disabled = true;
  const response = await send('/api/sessions/' + encodeURIComponent(session.handle) + '/revoke', { method: 'POST' });
  if (!response || !response.ok) {
    button.disabled = false;
    return;
  }
  if (session.handle === second.handle) second.revokedAt = performance.now();
  if (ended) return;
  const whose = session.current ? 'This session' : 'The session of ' + session.name;
  if (session.handle !== second.handle) say(me.validation === 'gateway'
    ? whose + ' is revoked: the database told the gateway, its streams have ended, and its next request gets 401.'
    : whose + ' is revoked: its next request gets 401, for every request asks the database. An open stream goes on.');
  if (!session.current) loadSessions();
}

/* ---- beginning ---- */

const events = new EventSource(EVENTS);
events.onopen = () => mine.opened();
events.onmessage = (event) => {
  mine.ticked(1);
  show(JSON.parse(event.data));
};
events.onerror = () => noticed(false);

byId('rate').addEventListener('change', poll);
byId('burst').addEventListener('click', burst);
byId('second-open').addEventListener('click', openSecond);
byId('second-revoke').addEventListener('click', () => revoke({ handle: second.handle }, byId('second-revoke')));
byId('refresh').addEventListener('click', loadSessions);
byId('admin').addEventListener('click', () => send('/api/admin/dashboard-stats'));

(async () => {
  const response = await send('/api/me');
  if (response && response.ok) {
    me = await response.json();
    byId('name').textContent = me.name;
    byId('role').textContent = me.administrator ? 'admin' : 'member';
    byId('role').hidden = false;
    byId('explain').textContent = me.validation === 'gateway'
      ? 'The gateway validates each request from memory and asks the database about a session every '
          + me.revalidateAfterSeconds + ' s at most. Without it, each of these requests had been a query.'
      : 'The application validates each request itself: one query for each, through its one pool of connections.';
    byId('push-explain').textContent = me.validation === 'gateway'
      ? 'Triggers on the table of sessions tell the gateway of each that ends, in whatever way, and it cuts what is open. Revoke '
          + 'the second session here, or sign in in a private window and revoke one of the two from the other.'
      : 'Nobody tells an open stream that its session has ended: it goes on until it is over by itself. With the gateway it is cut.';
  }
  await loadSessions();
  poll();
  // Asked for nothing, so that what counts later is not the first of its kind.
  sinceRevocation(0);
})();
