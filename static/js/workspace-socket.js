// Keeps the page's socket: says where the page is, refuses frames that do not fit, acknowledges, reconnects.
// <workspace-socket hidden hx-ext="ws" ws-connect="/ws/sessions/ID/"></workspace-socket> and <i id="cursor" …> beside it.
// Tells: connection-changed {state: open|waiting|closed|gone, attempt, seconds}, frame-applied, reply-started,
// reply-ended, sessions-changed. Listens for reconnect-now. The ws extension itself never reconnects (it knows four codes).
htmx.config.wsReconnectDelay = () => 2 ** 31 - 1;
htmx.createWebSocket = (url) => (WorkspaceSocket.latest = new WebSocket(url));

class WorkspaceSocket extends HTMLElement {
  static latest = null;
  #wrapper; #retry; #watch; #ackTimer;
  #attempt = 0; #frames = 0; #acked = 0; #heard = 0; #resumed = 0; #resumeTimer; #over = false; #listTimer; #newest = null;

  connectedCallback() {
    this.addEventListener("htmx:wsOpen", (event) => this.#opened(event.detail.socketWrapper));
    this.addEventListener("htmx:wsClose", (event) => this.#closed(event.detail));
    this.addEventListener("htmx:wsBeforeMessage", (event) => this.#before(event));
    this.addEventListener("htmx:wsAfterMessage", (event) => this.#after(event.detail.message));
    document.body.addEventListener("htmx:oobErrorNoTarget", this.#missing);
    document.body.addEventListener("reconnect-now", this.#now);
    addEventListener("online", this.#now);
    addEventListener("offline", this.#offline);
    document.addEventListener("visibilitychange", this.#visible);
    this.#watch = setInterval(() => this.#listenForSilence(), 5000);
  }

  disconnectedCallback() {
    for (const timer of [this.#retry, this.#ackTimer, this.#resumeTimer, this.#listTimer]) clearTimeout(timer);
    clearInterval(this.#watch);
    document.body.removeEventListener("htmx:oobErrorNoTarget", this.#missing);
    document.body.removeEventListener("reconnect-now", this.#now);
    removeEventListener("online", this.#now);
    removeEventListener("offline", this.#offline);
    document.removeEventListener("visibilitychange", this.#visible);
  }

  get #cursor() { return document.getElementById("cursor"); }

  #tell(name, detail = {}) { document.body.dispatchEvent(new CustomEvent(name, { bubbles: true, detail })); }

  #opened(wrapper) {
    // What the list missed while away; a moment later, for the server may still refuse a page that is logged out.
    if (this.#wrapper) this.#listTimer = setTimeout(() => this.#tell("sessions-changed"), 1000);
    this.#wrapper = wrapper;
    this.#attempt = this.#frames = this.#acked = 0;
    this.#heard = Date.now();
    this.#tell("connection-changed", { state: "open", attempt: 0, seconds: 0 });
    this.#resume();
  }

  #resume() {
    const { version, reply, seq } = this.#cursor.dataset;
    this.#resumed = Date.now();
    this.#send({ type: "resume", version: Number(version), reply: reply || null, seq: Number(seq) });
  }

  // At most once a second, and only the latest wish.
  #askAgain() {
    clearTimeout(this.#resumeTimer);
    this.#resumeTimer = setTimeout(() => this.#resume(), Math.max(0, this.#resumed + 1000 - Date.now()));
  }

  #send(frame) {
    if (WorkspaceSocket.latest?.readyState === WebSocket.OPEN) this.#wrapper?.sendImmediately(JSON.stringify(frame));
  }

  // A frame fits when it builds on what the page shows; snapshots (empty data-from) always apply.
  #before(event) {
    this.#frames += 1;
    this.#heard = Date.now();
    this.#ackTimer ??= setTimeout(() => this.#acknowledge(), 1000);
    const next = /^<i id="cursor"[^>]*data-version="(\d+)" data-reply="([^"]*)" data-from="(\d*)" data-seq="(\d+)"/.exec(event.detail.message);
    const { reply, seq } = this.#cursor.dataset;
    const fits = next && (next[3] === "" || (next[2] === reply && next[3] === seq));
    if (!fits) {
      event.preventDefault();
      this.#askAgain();
      return;
    }
    clearTimeout(this.#resumeTimer);
    this.#newest = next[2] || reply ? null : this.#newestAnswer();
    if (next[2] !== reply) this.#tell(next[2] ? "reply-started" : "reply-ended", { reply: next[2] || reply });
  }

  #newestAnswer() { return [...document.querySelectorAll('#messages > [data-role="assistant"]')].at(-1)?.id ?? ""; }

  #after(message) {
    // An answer may begin and end between two frames, or while the page is away.
    const newest = this.#newestAnswer();
    if (this.#newest !== null && this.#newest !== newest) this.#tell("reply-ended", { reply: newest.replace("message-", "") });
    this.#tell("frame-applied");
    if (message.includes('<i id="list-changed"')) this.#tell("sessions-changed");
  }

  #acknowledge() {
    this.#ackTimer = null;
    if (this.#frames === this.#acked) return;
    this.#acked = this.#frames;
    this.#send({ type: "seen", n: this.#frames });
  }

  // htmx drops what has no place to go: the page is not what the server believes, so it asks for all of it.
  #missing = () => {
    Object.assign(this.#cursor.dataset, { version: "0", seq: "0" });
    this.#askAgain();
  };

  #closed({ event, socketWrapper }) {
    if (event.target !== WorkspaceSocket.latest) return;
    this.#wrapper = socketWrapper;
    clearTimeout(this.#listTimer);
    if (event.code === 4401 || event.code === 4404) {
      this.#over = true;
      this.#tell("connection-changed", { state: event.code === 4401 ? "closed" : "gone", attempt: 0, seconds: 0 });
      return;
    }
    const wait = Math.min(8000, 500 * 2 ** this.#attempt) * (0.5 + Math.random() / 2);
    this.#attempt += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), wait);
    this.#tell("connection-changed", { state: "waiting", attempt: this.#attempt, seconds: wait / 1000 });
  }

  // Only when the old socket is on its way out: a reconnect while connecting leaves two of them.
  #connect() {
    clearTimeout(this.#retry);
    const state = WorkspaceSocket.latest?.readyState;
    if (!this.#over && (state === WebSocket.CLOSING || state === WebSocket.CLOSED)) this.#wrapper?.reconnect();
  }

  #now = () => this.#connect();

  #visible = () => { if (!document.hidden) this.#connect(); };

  #offline = () => {
    this.#tell("connection-changed", { state: "waiting", attempt: this.#attempt + 1, seconds: 0 });
    WorkspaceSocket.latest?.close();
  };

  #listenForSilence() {
    if (WorkspaceSocket.latest?.readyState === WebSocket.OPEN && Date.now() - this.#heard > 45000) WorkspaceSocket.latest.close();
  }
}
customElements.define("workspace-socket", WorkspaceSocket);
